"""``manage.py demo``: first use, again, the same seed, somebody else's project."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from unittest import mock
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from demo import past, writer
from demo.people import LOGINS, PASSWORD
from demo.set_up import set_up
from orgs.access import member_of
from orgs.models import Project, User
from queues.models import AgentStatus, StatusChange
from tests.builders import project_of
from tests.invariants import assert_invariants
from tests.past import UNTIL
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_this_transaction() -> object:
    with mock.patch.object(writer, "WRITERS", 0):
        yield


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, stderr=StringIO(), **{"tickets": 60, "days": 3, **options})
    return out.getvalue()


def test_the_first_use_makes_a_project_that_can_be_tried_at_once() -> None:
    assert PASSWORD in demo()
    project = Project.objects.get(slug="demo")
    assert Ticket.objects.closed().filter(project=project).count() == 60
    assert project.sectors.filter(always_open=True).count() == 1
    kept = AgentStatus.objects.filter(project=project, kept=True)
    assert {s.user.email for s in kept} == {login.email for login in LOGINS if login.places}
    assert_invariants(project)
    for login in LOGINS:
        user = User.objects.get(email=login.email)
        assert user.check_password(PASSWORD)
        member = member_of(user, project.pk)
        assert member is not None
        assert member.has_chats == (login.project_role != "viewer")


def test_some_tickets_are_open_one_with_a_conversation_one_in_a_line() -> None:
    demo()
    tickets = Ticket.objects.filter(project__slug="demo")
    assert tickets.waiting().exists()
    talking = Message.objects.filter(ticket__in=tickets.active(), kind="agent")
    assert talking.exists()


def test_agents_are_there_since_before_they_were_given_what_is_open_and_in_one_status_at_a_time() -> None:
    demo()
    project = Project.objects.get(slug="demo")
    since = dict(AgentStatus.objects.filter(project=project, status="online").values_list("user", "since"))
    active = list(Ticket.objects.active().filter(project=project))
    assert active
    for ticket in active:
        assert since[ticket.agent_id] < ticket.opened_at <= ticket.assigned_at
        [reason] = ticket.assignments.filter(ended_at=None).values_list("reason", flat=True)
        assert datetime.fromisoformat(reason["idle_since"]) <= ticket.assigned_at
    before: dict[UUID, datetime] = {}
    for change in StatusChange.objects.filter(project=project).order_by("user", "started_at"):
        assert before.get(change.user_id, change.started_at) <= change.started_at
        before[change.user_id] = change.ended_at or timezone.now()


def test_again_it_adds_older_tickets_and_leaves_the_rest() -> None:
    demo()
    first = Ticket.objects.order_by("opened_at")[0]
    open_ones = set(Ticket.objects.open().values_list("pk", flat=True))
    demo(tickets=40)
    older = Ticket.objects.filter(closed_at__lt=first.opened_at)
    assert older.count() == 40
    assert Ticket.objects.closed().count() == 100
    assert set(Ticket.objects.open().values_list("pk", flat=True)) == open_ones
    assert_invariants(Project.objects.get(slug="demo"))


def test_no_tickets_at_all_is_fine() -> None:
    demo(tickets=0)
    assert not Ticket.objects.closed().exists()


def test_a_project_of_somebody_else_is_left_alone() -> None:
    project = project_of(name="Real")
    with pytest.raises(CommandError, match="was not made by this command"):
        demo(project=project.slug)
    assert not project.sectors.exists()
    assert not User.objects.filter(email=LOGINS[0].email).exists()


def test_another_slug_makes_another_project() -> None:
    demo(project="second")
    assert Ticket.objects.closed().filter(project__slug="second").count() == 60


@pytest.mark.parametrize(
    "options",
    [["--tickets", "many"], ["--tickets", "-1"], ["--days", "0"], ["--until", "tomorrow"]],
)
def test_a_bad_option_is_a_sentence(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("demo", *options, stdout=StringIO(), stderr=StringIO())


def test_until_names_the_end() -> None:
    demo(until=UNTIL)
    assert Ticket.objects.closed().latest("closed_at").closed_at < UNTIL
    assert Ticket.objects.closed().latest("closed_at").closed_at > UNTIL - timedelta(hours=6)
    assert Ticket.objects.open().earliest("opened_at").opened_at > timezone.now() - timedelta(hours=1)


def digest_of(project: Project, seed: int) -> str:
    """Return a digest over all rows of a past, without writing them."""
    digest = sha256()

    def put(tables: Mapping[str, Sequence[str]]) -> None:
        for table, lines in tables.items():
            digest.update(table.encode() + "".join(lines).encode())

    with mock.patch.object(writer, "write", put):
        past.write_past(project, tickets=300, days=5, seed=seed, until=UNTIL, show=lambda _done: None)
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    project = set_up("demo", 1)
    first = digest_of(project, 1)
    assert digest_of(project, 1) == first
    assert digest_of(project, 2) != first
