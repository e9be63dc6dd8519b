"""Access ends at once, open pages included (docs/rules.md, Ending access): at the real server, with open streams."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection

from orgs import operations as orgs
from orgs.models import OrganizationMembership, ProjectMembership, ProjectRole, User
from tests.builders import Desk, fresh
from tests.flow import token_for
from tests.serving import serve

from .streams import PASSWORD, Stream, Visitor

#: Seconds. The rule says two from the end of access to the end of the stream, where the machine is not busy with
#: other tests. What no event tells of is only found out after a minute (``Pace.recheck``).
AT_ONCE = 20.0


@pytest.fixture(scope="module")
def origin(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The real server on the test's own database."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + name
    env = {"SECRET_KEY": settings.SECRET_KEY}
    with (
        tempfile.TemporaryDirectory(prefix="weni-ending-", ignore_cleanup_errors=True) as folder,
        serve(url, Path(folder), env, worker=False) as started,
    ):
        yield started


@dataclass
class Story:
    """An agent with an open page and a ticket, a colleague with one, and whoever administers."""

    desk: Desk
    origin: str
    agent: User
    colleague: User
    visitor: Visitor
    stream: Stream
    others: Stream

    @property
    def desk_path(self) -> str:
        """The agent's page."""
        return f"/projects/{self.desk.project.pk}/desk/"

    def membership(self) -> ProjectMembership:
        """The agent's place in the project."""
        return ProjectMembership.objects.get(project=self.desk.project, user=self.agent)


@pytest.fixture
def story(transactional_db: None, origin: str) -> Iterator[Story]:
    """The agent and a colleague sit at their desks, the agent with two tickets."""
    desk = Desk.set_up()
    agent = desk.agent_online(limit=5)
    for _ in range(2):
        desk.open_ticket()
    colleague = desk.agent_online()
    for user in (agent, colleague, desk.administrator):
        user.set_password(PASSWORD)
        user.save()
    streams = []
    visitors = [Visitor(origin, user.email) for user in (agent, colleague)]
    for visitor in visitors:
        streams.append(visitor.stream(desk.project.pk))
    yield Story(desk, origin, agent, colleague, visitors[0], *streams)
    for stream in streams:
        stream.close()


def remove_by_hand(story: Story) -> None:
    """The administrator presses Remove on the members page."""
    office = Visitor(story.origin, story.desk.administrator.email)
    page = f"/projects/{story.desk.project.pk}/members/"
    answer = office.post(f"{page}{story.agent.pk}/remove/", page)
    assert answer.status_code == 302, answer.text[:300]


def remove_from_organization(story: Story) -> None:
    row = OrganizationMembership.objects.get(organization=story.desk.project.organization, user=story.agent)
    orgs.remove_from_organization(row, by=story.desk.by())


def make_viewer(story: Story) -> None:
    orgs.change_project_role(story.membership(), ProjectRole.VIEWER, by=story.desk.by())


def switch_off(story: Story) -> None:
    story.agent.is_active = False
    story.agent.save()


def archive(story: Story) -> None:
    """A project without open tickets."""
    for ticket in story.desk.project.tickets.open():
        story.desk.close(ticket)
    orgs.archive_project(story.desk.project, by=story.desk.by())


def sign_out_elsewhere(story: Story) -> None:
    """The person ends that session from another."""
    for session in UserSession.objects.filter(user=story.agent):
        session.end()


def sign_out(story: Story) -> None:
    assert story.visitor.post("/accounts/logout/").status_code == 302


def change_password(story: Story) -> None:
    story.agent.set_password("another one entirely")
    story.agent.save()


#: How access ends, what the next request is answered, and whether the tickets go to somebody else.
ENDINGS: dict[str, tuple[Callable[[Story], None], int, bool]] = {
    "removed by hand": (remove_by_hand, 404, True),
    "removed from the organization": (remove_from_organization, 404, True),
    "made a Viewer": (make_viewer, 403, True),
    "account switched off": (switch_off, 302, True),
    "project archived": (archive, 404, False),
    "session ended elsewhere": (sign_out_elsewhere, 302, False),
    "signed out": (sign_out, 302, False),
    "password changed": (change_password, 302, False),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_stream_ends_and_the_next_request_is_refused(story: Story, ending: str) -> None:
    end, status, returns = ENDINGS[ending]
    assert story.visitor.get(story.desk_path).status_code == 200
    tickets = list(story.desk.project.tickets.filter(agent=story.agent))
    assert len(tickets) == 2
    end(story)
    assert story.stream.within(AT_ONCE, lambda: story.stream.ended), story.stream.kinds
    assert story.stream.kinds[-1] == "gone"
    assert story.visitor.get(story.desk_path).status_code == status
    assert story.visitor.get(f"/live/{story.desk.project.pk}/").status_code in {401, 404}
    for ticket in map(fresh, tickets):
        assert ticket.agent == (story.colleague if returns else story.agent)
    if ending != "project archived":
        assert not story.others.ended


def test_another_projects_desk_stays_open(story: Story) -> None:
    """Removed from one project, a person goes on in another."""
    other = Desk.set_up()
    orgs.add_to_organization(other.project.organization, story.agent, "viewer", by=other.by())
    orgs.add_to_project(other.project, story.agent, ProjectRole.ATTENDANT, by=other.by())
    stream = story.visitor.stream(other.project.pk)
    orgs.remove_from_project(story.membership(), by=story.desk.by())
    assert story.stream.within(AT_ONCE, lambda: story.stream.ended)
    assert story.visitor.get(f"/projects/{other.project.pk}/desk/").status_code == 200
    assert not stream.ended
    stream.close()


def test_a_revoked_token_is_refused_at_the_next_request(story: Story) -> None:
    token, secret = token_for(story.desk, scopes=["open", "administer"])
    headers = {"authorization": f"Bearer {secret}"}
    paths = [f"/api/v1/projects/{story.desk.project.pk}/tickets/", "/v1/external/queues/"]
    with httpx.Client(base_url=story.origin, headers=headers) as program:
        assert [program.get(path).status_code for path in paths] == [200, 200]
        orgs.revoke_token(token, by=story.desk.by())
        assert [program.get(path).json()["code"] for path in paths] == ["token_revoked"] * 2
