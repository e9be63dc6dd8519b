"""Every administrative operation writes to the audit log, in its own transaction, and only where something changed.

Whatever a module of operations offers is either in ``CASES``, and tried here, or in ``LEFT_OUT`` with the reason: an
operation added tomorrow is in neither, and fails.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from orgs import audit_words as words
from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import (
    AuditEntry,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
)
from orgs.operations import audit
from queues import operations as queues
from sectors import operations as sectors
from sectors.models import Sector
from tags import operations as tags
from tests.builders import Desk, organization_member, organization_with, person, second_factor
from tickets import operations as tickets
from weni_chats.setup.operations import set_up_sector

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = ("orgs", "sectors", "queues", "tags", "tickets", "reports", "weni_chats.setup")

TICKETS = "the life of a ticket: its conversation records it"
CLEANING = "reads or checks, changes nothing"
OWN = "one's own account, no administration"
PRESENCE = "presence: the status log records it"
LETTERS = "the letter of an invitation that is recorded"
ENDING = "a part of ending a member's access, which is recorded"

#: Operations that write no entry, and why.
LEFT_OUT: dict[str, str] = {
    "orgs.operations.audit.record": "writes the log itself",
    "orgs.operations.audit.record_all": "writes the log itself",
    "orgs.operations.audit.changes": CLEANING,
    "orgs.operations.deferred.check_deferred": CLEANING,
    "orgs.operations.invitations.clean_email": CLEANING,
    "orgs.operations.invitations.usable_invitation": CLEANING,
    "orgs.operations.organizations.open_tickets": CLEANING,
    "orgs.operations.letters.new_link": LETTERS,
    "orgs.operations.letters.note_letters": LETTERS,
    "orgs.operations.invitations.is_invited": CLEANING,
    "orgs.operations.members.checked_role": CLEANING,
    "orgs.operations.names.clean_name": CLEANING,
    "orgs.operations.profile.update_profile": OWN,
    "orgs.operations.profile.set_photo": OWN,
    "orgs.operations.profile.remove_photo": OWN,
    "orgs.operations.profile.create_account": OWN,
    "orgs.operations.tokens.facts_of_token": CLEANING,
    "orgs.operations.tokens.find_token": "notes the use of a token, at each call",
    "sectors.operations.cleaning.allow": CLEANING,
    "sectors.operations.cleaning.clean_limit": CLEANING,
    "sectors.operations.cleaning.clean_week": CLEANING,
    "sectors.operations.cleaning.clean_timezone": CLEANING,
    "sectors.operations.cleaning.clean_managers": CLEANING,
    "sectors.operations.cleaning.clean_people": CLEANING,
    "sectors.operations.cleaning.clean_words": CLEANING,
    "sectors.operations.automatic.clean_every": CLEANING,
    "sectors.operations.automatic.clean_texts": CLEANING,
    "sectors.operations.automatic.texts_of": CLEANING,
    "sectors.operations.sectors.facts_of": CLEANING,
    "sectors.operations.sectors.end_appointments": ENDING,
    "sectors.operations.limits.end_agent_limits": ENDING,
    "sectors.operations.special_days.clean_ranges": CLEANING,
    "sectors.operations.special_days.facts_of_day": CLEANING,
    "sectors.operations.quick_messages.clean_shortcut": CLEANING,
    "sectors.operations.quick_messages.clean_text": CLEANING,
    "queues.operations.presence.sectors_of_agent": CLEANING,
    "queues.operations.presence.set_status": PRESENCE,
    "queues.operations.presence.seen": PRESENCE,
    "queues.operations.presence.expire_lost": PRESENCE,
    "queues.operations.presence.leave_queues": ENDING,
    "queues.operations.presence.clean_reason": CLEANING,
    "queues.operations.presence.pause_if_done": PRESENCE,
    "queues.operations.presence.pause_who_is_done": PRESENCE,
    "queues.operations.pauses.clean_minutes": CLEANING,
    "queues.operations.lines.clean_max_waiting": CLEANING,
    "queues.operations.lines.check_takes": CLEANING,
    "orgs.operations.ordering.write_order": CLEANING,
    "orgs.operations.ordering.move": CLEANING,
    "tickets.operations.attending.attendance_rules": CLEANING,
    "tickets.operations.attending.clean_minutes": CLEANING,
    "tickets.operations.attending.clean_warning": CLEANING,
    "orgs.operations.ordering.arrange": CLEANING,
    "sectors.operations.sectors.lock_list": CLEANING,
    "sectors.operations.special_days.clean_day": CLEANING,
    "tags.operations.clean_description": CLEANING,
    "tags.operations.clean_color": CLEANING,
    "tags.operations.starter_name": CLEANING,
    "tags.operations.used_lately": CLEANING,
    "tags.operations.names_in": CLEANING,
    "tags.operations.tag_for_flow": "made by the program at the first closing by the flow",
}


@dataclass
class Case:
    """An operation that changes something, the actions it writes, and the same again, which changes nothing.

    ``again`` is None for what makes a new thing each time.
    """

    do: Callable[[], Any]
    actions: list[str]
    again: Callable[[], Any] | None = None


MakeCase = Callable[[Desk], Case]
CASES: dict[str, MakeCase] = {}


def case_of(operation: Callable[..., Any]) -> Callable[[MakeCase], MakeCase]:
    """Register the case of an operation."""

    def register(make: MakeCase) -> MakeCase:
        CASES[f"{operation.__module__}.{operation.__name__}"] = make
        return make

    return register


# Members


@case_of(orgs.add_to_organization)
def _(desk: Desk) -> Case:
    user = person()
    return Case(
        lambda: orgs.add_to_organization(desk.project.organization, user, "viewer", by=desk.by()),
        ["organization_member.added"],
    )


@case_of(orgs.add_to_project)
def _(desk: Desk) -> Case:
    user = organization_member(desk.project.organization)
    return Case(lambda: orgs.add_to_project(desk.project, user, "viewer", by=desk.by()), ["project_member.added"])


@case_of(orgs.change_organization_role)
def _(desk: Desk) -> Case:
    user = organization_member(desk.project.organization)
    membership = OrganizationMembership.objects.get(user=user)

    def do() -> None:
        orgs.change_organization_role(membership, OrganizationRole.FINANCIAL, by=desk.by())

    return Case(do, ["organization_member.role_changed"], do)


@case_of(orgs.change_project_role)
def _(desk: Desk) -> Case:
    membership = ProjectMembership.objects.get(user=desk.agent())

    def do() -> None:
        orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by())

    return Case(do, ["project_member.role_changed"], do)


@case_of(orgs.remove_from_project)
def _(desk: Desk) -> Case:
    membership = ProjectMembership.objects.get(user=desk.agent())
    return Case(lambda: orgs.remove_from_project(membership, by=desk.by()), ["project_member.removed"])


@case_of(orgs.remove_from_organization)
def _(desk: Desk) -> Case:
    membership = OrganizationMembership.objects.get(user=desk.agent())
    return Case(
        lambda: orgs.remove_from_organization(membership, by=desk.by()),
        ["organization_member.removed", "project_member.removed"],
    )


# Invitations


def invite(desk: Desk) -> tuple[Any, str]:
    _membership, invitation, secret = orgs.add_by_email(
        desk.project.organization, "new@example.org", "viewer", by=desk.by()
    )
    return invitation, secret


@case_of(orgs.add_by_email)
def _(desk: Desk) -> Case:
    return Case(lambda: invite(desk), ["invitation.sent"])


@case_of(orgs.add_to_project_by_email)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.add_to_project_by_email(desk.project, "new@example.org", "viewer", by=desk.by(), may_invite=True)

    return Case(do, ["invitation.sent"])


@case_of(orgs.renew)
def _(desk: Desk) -> Case:
    invitation, _secret = invite(desk)
    return Case(lambda: orgs.renew(invitation, by=desk.by()), ["invitation.renewed"])


@case_of(orgs.revoke)
def _(desk: Desk) -> Case:
    invitation, _secret = invite(desk)

    def do() -> None:
        orgs.revoke(invitation, by=desk.by())

    return Case(do, ["invitation.revoked"], do)


@case_of(orgs.accept)
def _(desk: Desk) -> Case:
    _invitation, secret = invite(desk)
    user = orgs.create_account("new@example.org", "a long password")
    return Case(lambda: orgs.accept(secret, user), ["invitation.accepted", "organization_member.added"])


@case_of(orgs.accept_all)
def _(desk: Desk) -> Case:
    invite(desk)
    user = orgs.create_account("new@example.org", "a long password")
    return Case(lambda: orgs.accept_all(user), ["invitation.accepted", "organization_member.added"])


# Organizations and projects


@case_of(orgs.create_organization)
def _(desk: Desk) -> Case:
    by = Actor(user=desk.administrator)
    return Case(lambda: orgs.create_organization("New", by=by), ["organization.created"])


@case_of(orgs.create_project)
def _(desk: Desk) -> Case:
    return Case(lambda: orgs.create_project(desk.project.organization, "New", by=desk.by()), ["project.created"])


@case_of(orgs.rename_organization)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.rename_organization(desk.project.organization, "Another", by=desk.by())

    return Case(do, ["organization.renamed"], do)


@case_of(orgs.rename_project)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.rename_project(desk.project, "Another", by=desk.by())

    return Case(do, ["project.renamed"], do)


@case_of(orgs.require_two_factors)
def _(desk: Desk) -> Case:
    second_factor(desk.administrator)

    def do() -> None:
        orgs.require_two_factors(desk.project.organization, True, by=desk.by())

    return Case(do, ["organization.two_factors_required"], do)


@case_of(orgs.archive_organization)
def _(desk: Desk) -> Case:
    other = organization_with(desk.administrator)

    def do() -> None:
        orgs.archive_organization(other, by=Actor(user=desk.administrator))

    return Case(do, ["organization.archived"], do)


@case_of(orgs.restore_organization)
def _(desk: Desk) -> Case:
    other = organization_with(desk.administrator)
    orgs.archive_organization(other, by=Actor(user=desk.administrator))

    def do() -> None:
        orgs.restore_organization(other, by=Actor(user=desk.administrator))

    return Case(do, ["organization.restored"], do)


@case_of(orgs.restore_project)
def _(desk: Desk) -> Case:
    orgs.archive_project(desk.project, by=Actor(user=desk.administrator))

    def do() -> None:
        orgs.restore_project(desk.project, by=Actor(user=desk.administrator))

    return Case(do, ["project.restored"], do)


@case_of(orgs.archive_project)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.archive_project(desk.project, by=Actor(user=desk.administrator))

    return Case(do, ["project.archived"], do)


# Tokens


@case_of(orgs.create_token)
def _(desk: Desk) -> Case:
    return Case(
        lambda: orgs.create_token("New", by=desk.by(), scopes=["read"], project=desk.project), ["token.created"]
    )


@case_of(orgs.revoke_token)
def _(desk: Desk) -> Case:
    token, _secret = orgs.create_token("New", by=desk.by(), scopes=["read"], project=desk.project)

    def do() -> None:
        orgs.revoke_token(token, by=desk.by())

    return Case(do, ["token.revoked"], do)


# Sectors


@case_of(set_up_sector)
def _(desk: Desk) -> Case:
    return Case(
        lambda: set_up_sector(desk.project, "New", by=desk.by(), first_queue="First", tags=["One"]),
        ["queue.created", "sector.created", "tag.created"],
    )


@case_of(tickets.set_attendance_rules)
def _(desk: Desk) -> Case:
    def do() -> None:
        tickets.set_attendance_rules(
            desk.sector,
            by=desk.by(),
            give_back_after=5,
            warn_after=10,
            warn_text="Still there?",
            close_after=15,
            close_tag=desk.tags[0],
            waiting_target=3,
            retag_for=60,
        )

    return Case(do, ["sector.changed"], do)


@case_of(tickets.copy_attendance_rules)
def _(desk: Desk) -> Case:
    tickets.set_attendance_rules(desk.sector, by=desk.by(), close_after=15, close_tag=desk.tags[0])
    other = desk.add_sector()

    def do() -> None:
        tickets.copy_attendance_rules(desk.sector, other, by=desk.by())

    return Case(do, ["sector.changed"], do)


@case_of(sectors.copy_texts_and_days)
def _(desk: Desk) -> Case:
    other = desk.add_sector()
    return Case(lambda: sectors.copy_texts_and_days(desk.sector, other, by=desk.by()), ["sector.copied"])


@case_of(sectors.create_sector)
def _(desk: Desk) -> Case:
    def do() -> None:
        with transaction.atomic():
            sector = sectors.create_sector(desk.project, "New", by=desk.by())
            queues.create_queue(sector, "First", by=desk.by())
            tags.add_tags(sector, ["One"], by=desk.by())

    return Case(do, ["queue.created", "sector.created", "tag.created"])


@case_of(sectors.update_sector)
def _(desk: Desk) -> Case:
    manager = desk.person()

    def do() -> None:
        sectors.update_sector(
            desk.sector,
            by=desk.by(),
            name="Another",
            ticket_limit=5,
            timezone="America/Lima",
            always_open=False,
            active_messages=True,
            week=[[(540, 1080)], [(1200, 1500)], [], [], [], [], []],
            managers=[manager],
        )

    return Case(do, ["sector.changed"], do)


@case_of(sectors.archive_sector)
def _(desk: Desk) -> Case:
    def do() -> None:
        sectors.archive_sector(desk.sector, by=desk.by())

    return Case(do, ["sector.archived"], do)


@case_of(sectors.restore_sector)
def _(desk: Desk) -> Case:
    sectors.archive_sector(desk.sector, by=desk.by())

    def do() -> None:
        sectors.restore_sector(desk.sector, by=desk.by())

    return Case(do, ["sector.restored"], do)


def special(day: int) -> Any:
    return sectors.SpecialDay(date(2027, 1, day), "Holiday", ((540, 720),))


@case_of(sectors.add_special_days)
def _(desk: Desk) -> Case:
    def do() -> None:
        sectors.add_special_days(desk.sector, [special(1)], by=desk.by(), skip_present=True)

    return Case(do, ["special_day.added"], do)


@case_of(sectors.change_special_day)
def _(desk: Desk) -> Case:
    row = sectors.add_special_days(desk.sector, [special(1)], by=desk.by())[0]

    def do() -> None:
        sectors.change_special_day(row, special(2), by=desk.by())

    return Case(do, ["special_day.changed"], do)


@case_of(sectors.remove_special_day)
def _(desk: Desk) -> Case:
    row = sectors.add_special_days(desk.sector, [special(1)], by=desk.by())[0]
    pk = row.pk

    def do() -> None:
        row.pk = pk
        sectors.remove_special_day(row, by=desk.by())

    return Case(do, ["special_day.removed"], do)


def quick(desk: Desk) -> Any:
    text = sectors.QuickText("hello", "Good morning")
    return sectors.add_quick_messages(desk.project, [text], by=desk.by(), sector=desk.sector)[0]


@case_of(sectors.add_quick_messages)
def _(desk: Desk) -> Case:
    return Case(lambda: quick(desk), ["quick_message.added"])


@case_of(sectors.change_quick_message)
def _(desk: Desk) -> Case:
    row = quick(desk)

    def do() -> None:
        sectors.change_quick_message(row, sectors.QuickText("hello", "Good evening"), by=desk.by())

    return Case(do, ["quick_message.changed"], do)


@case_of(sectors.remove_quick_message)
def _(desk: Desk) -> Case:
    row = quick(desk)

    def do() -> None:
        sectors.remove_quick_message(row, by=desk.by())

    return Case(do, ["quick_message.removed"], do)


# Queues and tags


@case_of(sectors.set_agent_limits)
def _(desk: Desk) -> Case:
    change = partial(sectors.set_agent_limits, desk.sector, {desk.agent(): 5}, by=desk.by())
    return Case(change, ["sector.changed"], change)


@case_of(sectors.set_automatic_messages)
def _(desk: Desk) -> Case:
    change = partial(
        sectors.set_automatic_messages, desk.sector, {"opening": "Welcome"}, by=desk.by(), waiting_every=5
    )
    return Case(change, ["sector.changed"], change)


@case_of(queues.move_queue)
def _(desk: Desk) -> Case:
    desk.add_queue("Another")
    move = partial(queues.move_queue, desk.queue, "last", by=desk.by())
    return Case(move, ["queue.moved"], move)


@case_of(sectors.move_sector)
def _(desk: Desk) -> Case:
    desk.add_sector()
    move = partial(sectors.move_sector, desk.sector, "last", by=desk.by())
    return Case(move, ["sector.moved"], move)


@case_of(queues.add_pause_reason)
def _(desk: Desk) -> Case:
    return Case(
        lambda: queues.add_pause_reason(desk.project, "Lunch", daily_minutes=60, by=desk.by()), ["pause_reason.added"]
    )


@case_of(queues.change_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    change = partial(queues.change_pause_reason, row, by=desk.by(), name="Meal", daily_minutes=45)
    return Case(change, ["pause_reason.changed"], change)


@case_of(queues.archive_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    archive = partial(queues.archive_pause_reason, row, by=desk.by())
    return Case(archive, ["pause_reason.archived"], archive)


@case_of(queues.restore_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    queues.archive_pause_reason(row, by=desk.by())
    restore = partial(queues.restore_pause_reason, row, by=desk.by())
    return Case(restore, ["pause_reason.restored"], restore)


@case_of(queues.create_queue)
def _(desk: Desk) -> Case:
    return Case(lambda: queues.create_queue(desk.sector, "New", by=desk.by()), ["queue.created"])


@case_of(queues.update_queue)
def _(desk: Desk) -> Case:
    agent = desk.person()

    def do() -> None:
        queues.update_queue(desk.queue, by=desk.by(), name="Another", agents=[agent])

    return Case(do, ["queue.changed"], do)


@case_of(queues.archive_queue)
def _(desk: Desk) -> Case:
    desk.add_queue()

    def do() -> None:
        queues.archive_queue(desk.queue, by=desk.by())

    return Case(do, ["queue.archived"], do)


@case_of(queues.restore_queue)
def _(desk: Desk) -> Case:
    desk.add_queue()
    queues.archive_queue(desk.queue, by=desk.by())

    def do() -> None:
        queues.restore_queue(desk.queue, by=desk.by())

    return Case(do, ["queue.restored"], do)


@case_of(tags.add_tags)
def _(desk: Desk) -> Case:
    return Case(lambda: tags.add_tags(desk.sector, ["One", "Two"], by=desk.by()), ["tag.created", "tag.created"])


@case_of(tags.change_tag)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.change_tag(desk.tags[0], name="Another", by=desk.by())

    return Case(do, ["tag.changed"], do)


@case_of(tags.merge_tags)
def _(desk: Desk) -> Case:
    return Case(lambda: tags.merge_tags(*desk.tags, by=desk.by()), ["tag.merged"])


@case_of(tags.move_tag)
def _(desk: Desk) -> Case:
    move = partial(tags.move_tag, desk.tags[0], "last", by=desk.by())
    return Case(move, ["tag.moved"], move)


@case_of(tags.order_tags_by_use)
def _(desk: Desk) -> Case:
    desk.close(desk.open_ticket(), tags=[desk.tags[1]])
    order = partial(tags.order_tags_by_use, desk.sector, by=desk.by())
    return Case(order, ["tags.ordered_by_use"], order)


@case_of(tags.import_tags)
def _(desk: Desk) -> Case:
    add = partial(tags.import_tags, desk.sector, "One; Two", by=desk.by())
    return Case(add, ["tag.created", "tag.created"], add)


@case_of(tags.archive_tag)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.archive_tag(desk.tags[0], by=desk.by())

    return Case(do, ["tag.archived"], do)


@case_of(tags.restore_tag)
def _(desk: Desk) -> Case:
    tags.archive_tag(desk.tags[0], by=desk.by())

    def do() -> None:
        tags.restore_tag(desk.tags[0], by=desk.by())

    return Case(do, ["tag.restored"], do)


@case_of(queues.create_queues)
def _(desk: Desk) -> Case:
    new = [queues.NewQueue("A", (desk.agent(),)), queues.NewQueue("B")]
    return Case(lambda: queues.create_queues(desk.sector, new, by=desk.by()), ["queue.created"] * 2)


# Orders


@case_of(sectors.order_sectors)
def _(desk: Desk) -> Case:
    other = desk.add_sector()

    def do() -> None:
        sectors.order_sectors(desk.project, [other.pk, desk.sector.pk], by=desk.by())

    return Case(do, ["sectors.ordered"], do)


@case_of(queues.order_queues)
def _(desk: Desk) -> Case:
    other = desk.add_queue()

    def do() -> None:
        queues.order_queues(desk.sector, [other.pk, desk.queue.pk], by=desk.by())

    return Case(do, ["queues.ordered"], do)


@case_of(tags.order_tags)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.order_tags(desk.sector, [tag.pk for tag in reversed(desk.tags)], by=desk.by())

    return Case(do, ["tags.ordered"], do)


# What is offered


def modules() -> Iterator[ModuleType]:
    """Yield the modules of operations of all apps."""
    for app in MODULES:
        try:
            package = importlib.import_module(f"{app}.operations")
        except ModuleNotFoundError:
            continue
        yield package
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{app}.operations."):
            yield importlib.import_module(found.name)


def offered() -> set[str]:
    """Return the operations: public functions of those modules, by their whole name."""
    return {
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == module.__name__
    }


def of_a_ticket(name: str) -> bool:
    """Whether an operation, or a module of them, is about tickets, not about what is set for them."""
    return name.startswith("tickets.operations") and not name.startswith("tickets.operations.attending")


def test_every_operation_is_tried_here_or_left_out_for_a_reason() -> None:
    known = CASES.keys() | LEFT_OUT.keys()
    unknown = {name for name in offered() if name not in known and not of_a_ticket(name)}
    assert not unknown, f"in neither list: {sorted(unknown)}"
    assert not known - offered(), f"no longer there: {sorted(known - offered())}"
    assert not CASES.keys() & LEFT_OUT.keys()


def test_the_operations_of_tickets_have_a_log_of_their_own() -> None:
    """They are left out as a whole: what happens to a ticket is in its conversation, and none changes settings (but
    the rules of attending, which are tried)."""
    assert TICKETS
    for module in modules():
        if of_a_ticket(module.__name__):
            assert "audit" not in vars(module)


def whole_database() -> dict[str, Any]:
    """Return every row of the program's own tables."""
    own = {"orgs", "sectors", "queues", "tags", "tickets"}
    return {
        str(model._meta): sorted(map(repr, model._base_manager.values_list()))
        for config in apps.get_app_configs()
        if config.label in own
        for model in config.get_models()
    }


class Unwritable(Exception):
    """The log can't be written."""


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_operation_writes_what_it_did_with_it_or_not_at_all(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = transaction.savepoint()
    case = CASES[name](desk)
    before = whole_database()

    # Where the entry can't be written, nothing is done either.
    with monkeypatch.context() as patch:

        def fail(*args: Any, **kwargs: Any) -> None:
            raise Unwritable

        patch.setattr(AuditEntry.objects, "create", fail)
        patch.setattr(AuditEntry.objects, "bulk_create", fail)
        with pytest.raises(Unwritable):
            case.do()
    assert whole_database() == before
    transaction.savepoint_rollback(point)

    # What objects in memory took on is not the database's: they are read anew.
    case = CASES[name](read_anew(desk))
    seen = set(AuditEntry.objects.values_list("pk", flat=True))
    case.do()
    entries = list(AuditEntry.objects.exclude(pk__in=seen))
    assert sorted(entry.action for entry in entries) == case.actions
    for entry in entries:
        check(entry)
    if case.again is not None:
        case.again()
        assert AuditEntry.objects.exclude(pk__in=seen).count() == len(entries), "nothing changed, but it was written"


def read_anew(desk: Desk) -> Desk:
    """Return the desk as the database has it."""
    return Desk(
        project=Project.objects.select_related("organization").get(pk=desk.project.pk),
        administrator=desk.administrator,
        sector=Sector.objects.get(pk=desk.sector.pk),
        queue=desk.sector.queues.order_by("position")[0],
        tags=list(desk.sector.tags.order_by("position")),
    )


def check(entry: AuditEntry) -> None:
    """An entry says who and where, reads as a sentence, and names fields in words."""
    assert entry.actor_name
    assert entry.target_id
    assert entry.organization_id
    sentence = words.sentence_of(entry)
    assert words.NONE not in sentence, sentence
    assert "%" not in sentence
    assert entry.action not in sentence
    fields = {**(entry.before or {}), **(entry.after or {})}
    assert not fields.keys() - words.FIELDS.keys(), "fields without words"
    assert not fields.keys() & audit.SECRET_FIELDS


# What is said


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of ``audit.record`` in the program, with where it stands; of a module's own ``_record``, which
    hands the action on, those of that."""
    for app in ("orgs", "sectors", "queues", "tags", "tickets", "reports", "live", "weni_chats"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                called = ast.unparse(node.func)
                handed_on = len(node.args) > 1 and ast.unparse(node.args[1]) == "action"
                if called in {"audit.record", "audit.record_all", "_record"} and not handed_on:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_action_has_a_sentence_and_every_sentence_an_action() -> None:
    found = set()
    for place, call in calls():
        for action in actions_in(call.args[1], place):
            found.add(action)
    assert found - words.ACTIONS.keys() == set(), "actions without a sentence"
    assert words.ACTIONS.keys() - found == set(), "sentences of no action"


def actions_in(node: ast.expr, place: str) -> list[str]:
    """Return the actions that an argument may be: a text, or one of two."""
    if isinstance(node, ast.IfExp):
        return actions_in(node.body, place) + actions_in(node.orelse, place)
    assert isinstance(node, ast.Constant), f"{place}: write the action as a text, so that it is found"
    return [str(node.value)]


def test_every_action_belongs_to_a_group() -> None:
    assert {action for action in words.ACTIONS if not words.group_of(action)} == set()


def test_no_entry_is_written_about_a_secret(desk: Desk) -> None:
    for field in audit.SECRET_FIELDS:
        with pytest.raises(ValueError, match="secrets"):
            audit.record(desk.by(), "token.created", desk.sector, project=desk.project, after={field: "x"})
