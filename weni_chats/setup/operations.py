"""What is set up in one go."""

from collections.abc import Collection, Sequence

from django.db import transaction

from orgs.access import Actor
from orgs.errors import DomainError, rules_of_database
from orgs.locks import lock_people
from orgs.models import Project, User
from orgs.operations.deferred import check_deferred
from queues.operations import create_queue
from sectors.hours import Range
from sectors.models import Sector
from sectors.operations import create_sector
from tags.operations import add_tags, starter_name


@transaction.atomic
def set_up_sector(
    project: Project,
    name: str,
    *,
    by: Actor,
    first_queue: str,
    agents: Collection[User] = (),
    tags: Sequence[str] = (),
    timezone_name: str = "UTC",
    week: Sequence[Sequence[Range]] = ((),) * 7,
    always_open: bool = False,
    ticket_limit: int = 3,
    active_messages: bool = False,
    managers: Collection[User] = (),
) -> Sector:
    """Create a sector with its first queue and its tags, all or nothing (docs/rules.md, Sector).

    Without tags it gets the starter tag. Raises what ``create_sector``, ``create_queue`` and ``add_tags`` raise.
    """
    # All at once and first: one after the other they could meet another set-up crosswise.
    lock_people([user.pk for user in (*managers, *agents)])
    sector = create_sector(
        project,
        name,
        by=by,
        timezone_name=timezone_name,
        week=week,
        always_open=always_open,
        ticket_limit=ticket_limit,
        active_messages=active_messages,
        managers=managers,
    )
    try:
        create_queue(sector, first_queue, by=by, agents=agents)
    except DomainError as error:
        # The form has two names: say which.
        error.field = "queue_name" if error.field == "name" else error.field
        raise
    add_tags(sector, [tag for tag in tags if tag.strip()] or [starter_name()], by=by)
    with rules_of_database():
        check_deferred("sector_keeps_queue")
        check_deferred("sector_keeps_tag")
    return sector
