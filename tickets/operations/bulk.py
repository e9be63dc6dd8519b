"""The same operation on many tickets: each in its own transaction, each with its own outcome.

Every ticket goes through the operation for a single one (docs/rules.md, Many at once), so no rule is looser here.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, Invalid, NotAllowed, rules_of_database
from orgs.access import Actor
from orgs.access.current import actor_now
from orgs.models import User
from queues.models import Queue
from tags.models import Tag
from tickets import errors
from tickets.models import Ticket

from .assignment import assign, transfer_to_queue
from .closing import close
from .locking import lock_ticket

logger = logging.getLogger(__name__)

#: Tickets per call.
MAX_AT_ONCE = 200


@dataclass(frozen=True)
class Outcome:
    """The outcome for one ticket: done, or refused with a stable code and a sentence."""

    ticket_id: UUID
    done: bool
    code: str = ""
    sentence: str = ""


def close_many(ticket_ids: Sequence[UUID], *, by: Actor, tag_ids: Collection[UUID]) -> list[Outcome]:
    """Close tickets, each with those of the tags that belong to its sector (at least one is required).

    Returns an outcome for each, in order; a ticket already closed by somebody else is refused (``room_closed``).
    Raises Invalid (too many or none), NotAllowed (not a member, or a read-only token), ForeignTag (a tag of no sector
    that ``by`` sees).
    """
    sectors, wanted = _seen(ticket_ids, by), set(tag_ids)
    if not wanted:
        raise errors.TagsRequired(field="tags")
    tags = _tags_by_sector(wanted, by, sectors.values())

    def one(pk: UUID, sector_id: UUID, by: Actor) -> None:
        # Lock first, so that a concurrent closing is visible.
        if lock_ticket(pk).is_closed:
            raise errors.TicketClosed
        close(pk, by=by, tag_ids=tags.get(sector_id, ()))

    return _each(sectors, one, by)


def transfer_many(ticket_ids: Sequence[UUID], queue: Queue, *, by: Actor, note: str = "") -> list[Outcome]:
    """Move tickets to the end of a queue, in the given order; those already waiting there stay in place.

    Returns an outcome for each. Raises Invalid, NotAllowed as ``close_many`` does.
    """

    def one(pk: UUID, _sector_id: UUID, by: Actor) -> None:
        transfer_to_queue(pk, queue, by=by, note=note)

    return _each(_seen(ticket_ids, by), one, by)


def assign_many(ticket_ids: Sequence[UUID], agent: User, *, by: Actor, note: str = "") -> list[Outcome]:
    """Assign tickets to an agent by hand, even over the limit; for members who direct their sectors.

    Returns an outcome for each. Raises Invalid, NotAllowed as ``close_many`` does.
    """

    def one(pk: UUID, _sector_id: UUID, by: Actor) -> None:
        assign(pk, agent, by=by, note=note)

    return _each(_seen(ticket_ids, by), one, by)


def _seen(ticket_ids: Sequence[UUID], by: Actor) -> dict[UUID, UUID | None]:
    """Return the sector of each ticket, in order; None if the actor does not see it or it does not exist."""
    if by.member is None or (by.token is not None and not by.member.may_configure_some_sector()):
        raise NotAllowed
    wanted = list(dict.fromkeys(ticket_ids))
    if not wanted:
        raise Invalid(_("Choose at least one ticket."), code="tickets_required", field="tickets")
    if len(wanted) > MAX_AT_ONCE:
        raise Invalid(
            _("Choose at most %(most)d tickets at once.") % {"most": MAX_AT_ONCE},
            code="too_many_tickets",
            field="tickets",
        )
    visible = Ticket.objects.visible_to(by.member).filter(pk__in=wanted)
    sectors = dict(visible.values_list("pk", "sector_id"))
    return {pk: sectors.get(pk) for pk in wanted}


def _tags_by_sector(wanted: set[UUID], by: Actor, sectors: Iterable[UUID | None]) -> dict[UUID, list[UUID]]:
    """Return the tags by sector. Raises ForeignTag for one outside of them that the actor does not see."""
    if by.member is None:
        raise NotAllowed
    at_hand = Tag.objects.filter(sector__in=[pk for pk in sectors if pk]) | Tag.objects.visible_to(by.member)
    found: dict[UUID, list[UUID]] = {}
    for pk, sector_id in at_hand.filter(pk__in=wanted).values_list("pk", "sector_id"):
        found.setdefault(sector_id, []).append(pk)
    if sum(map(len, found.values())) != len(wanted):
        raise errors.ForeignTag(field="tags")
    return found


Act = Callable[[UUID, UUID, Actor], None]


def _each(sectors: Mapping[UUID, UUID | None], act: Act, by: Actor) -> list[Outcome]:
    """Act on one ticket after the other; a refusal does not stop the rest."""
    return [_one(pk, sector_id, act, by) for pk, sector_id in sectors.items()]


def _one(pk: UUID, sector_id: UUID | None, act: Act, by: Actor) -> Outcome:
    try:
        if sector_id is None:
            raise Ticket.DoesNotExist
        # Include the commit: a deferred constraint must refuse only this ticket.
        with rules_of_database(), transaction.atomic():
            # Check rights anew for each ticket: they may be revoked while a long batch runs.
            act(pk, sector_id, actor_now(by))
    except DomainError as error:
        return Outcome(pk, False, error.code, str(error.sentence))
    except Ticket.DoesNotExist:
        return Outcome(pk, False, "not_found", _("There is no such ticket, or it is out of your sight by now."))
    except DatabaseError:
        logger.exception("batch operation failed for ticket %s", pk)
        return Outcome(pk, False, "failed", _("That did not work. Try again."))
    return Outcome(pk, True)
