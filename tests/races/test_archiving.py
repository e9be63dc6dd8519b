"""No open ticket in an archived project, whichever of the two comes first (docs/rules.md, Archiving)."""

from functools import partial

from core.errors import DomainError
from orgs import operations as orgs
from orgs.models import Project
from tests.builders import Desk
from tickets.models import Ticket

from .parallel import Crew

TIMES = 20


def test_of_an_archiving_and_an_opening_at_once_exactly_one_succeeds(transactional_db: None) -> None:
    crew, outcomes = Crew(), []
    try:
        for _ in range(TIMES):
            desk = Desk.set_up()
            results = crew.at_once(partial(orgs.archive_project, desk.project, by=desk.by()), desk.open_ticket)
            refused = [result for result in results if isinstance(result, BaseException)]
            assert [error.code for error in refused if isinstance(error, DomainError)] in (
                ["project_has_open_tickets"],
                ["archived"],
            ), refused
            archived = Project.objects.get(pk=desk.project.pk).archived_at is not None
            assert archived is not Ticket.objects.open().filter(project=desk.project).exists()
            outcomes.append(archived)
    finally:
        crew.dismiss()
    assert len(outcomes) == TIMES
