"""Organizations, projects, sectors, queues and tags over REST."""

import pytest

from orgs.models import OrganizationRole
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tests.builders import organization_member
from tickets.models import Ticket

from .tools import base


class TestOrganizationsAndProjects:
    def test_a_person_sees_their_own(self, desk, other_desk, as_person):
        outside = organization_member(desk.project.organization, OrganizationRole.VIEWER)
        api = as_person(outside)
        assert [o["id"] for o in api.get("/organizations/").json()["results"]] == [str(desk.project.organization_id)]
        assert api.get("/projects/").json()["results"] == []
        assert api.get(f"/projects/{desk.project.pk}/").status_code == 404
        administrator = as_person(desk.administrator)
        [project] = administrator.get("/projects/").json()["results"]
        assert project["organization"]["name"] == desk.project.organization.name
        assert (
            administrator.get("/projects/", organization=str(other_desk.project.organization_id)).json()["results"]
            == []
        )
        answer = administrator.get("/projects/", organization="x")
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {"organization"})


class TestSectors:
    def test_one_with_hours_and_readiness(self, desk, as_person):
        api = as_person(desk.administrator)
        new = api.post(
            f"{base(desk)}/sectors/",
            {
                "name": "Sales", "queue": "First", "tags": ["Sold", "Lost"], "timezone": "America/Sao_Paulo",
                "week": [[["09:00", "12:00"], ["13:00", "18:00"]], [["22:00", "06:00"]], [], [["00:00", "24:00"]],
                         [], [], []],
                "ticket_limit": 4, "managers": [str(desk.administrator.pk)],
            },
        )  # fmt: skip
        sector = new.json()
        assert new.status_code == 201, sector
        assert sector["hours"]["week"][:4] == [
            [["09:00", "12:00"], ["13:00", "18:00"]],
            [["22:00", "06:00"]],
            [],
            [["00:00", "24:00"]],
        ]
        assert sector["hours"]["timezone"] == "America/Sao_Paulo"
        assert sector["hours"]["changes_at"]
        assert (sector["ready"], sector["missing"]) == (False, ["agent"])
        assert [m["email"] for m in sector["managers"]] == [desk.administrator.email]
        assert list(Tag.objects.filter(sector=sector["id"]).values_list("name", flat=True)) == ["Sold", "Lost"]
        assert api.get(f"{base(desk)}/sectors/{sector['id']}/").json() == sector
        assert api.get(f"{base(desk)}/sectors/{desk.sector.pk}/").json()["hours"]["open_now"] is True

    def test_a_change_keeps_what_is_not_named(self, desk, as_person):
        api = as_person(desk.administrator)
        before = api.get(f"{base(desk)}/sectors/{desk.sector.pk}/").json()
        after = api.patch(f"{base(desk)}/sectors/{desk.sector.pk}/", {"name": " New  name "}).json()
        assert after["name"] == "New name"
        same = {"hours", "managers", "ticket_limit", "active_messages", "ready"}
        assert {k: before[k] for k in same} == {k: after[k] for k in same}

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ({"name": ""}, "name", "invalid"),
            ({"name": 5}, "name", "invalid"),
            ({"name": "x" * 90}, "name", "invalid"),
            ({"name": "x" * 1_000_000}, "name", "invalid"),
            ({"timezone": "Mars/Base"}, "timezone", "unknown_timezone"),
            ({"ticket_limit": 0}, "ticket_limit", "invalid"),
            ({"ticket_limit": "3"}, "ticket_limit", "invalid"),
            ({"ticket_limit": True}, "ticket_limit", "invalid"),
            ({"week": []}, "week", "invalid"),
            ({"week": [[["9", "18:00"]], [], [], [], [], [], []]}, "week", "invalid"),
            ({"week": [[["09:00"]], [], [], [], [], [], []]}, "week", "invalid"),
            ({"week": [[["09:00", "25:00"]], [], [], [], [], [], []]}, "week", "invalid"),
            ({"week": [[["09:00", "18:00"], ["17:00", "20:00"]], [], [], [], [], [], []]}, "hours", "ranges_overlap"),
            ({"week": [[], [], [], [], [], [], [["22:00", "06:00"]]], "managers": ["x"]}, "managers.0", "invalid"),
            ({"managers": ["0192f0c1-0000-7000-8000-000000000000"]}, "managers", "no_access_to_chats"),
            ({"active_messages": "yes"}, "active_messages", "invalid"),
        ],
    )
    def test_refusals_name_the_field(self, desk, as_person, body, field, code):
        answer = as_person(desk.administrator).patch(f"{base(desk)}/sectors/{desk.sector.pk}/", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert set(answer.json()["errors"]) == {field}

    def test_a_manager_from_outside_is_not_told_apart_from_nobody(self, desk, other_desk, as_person):
        answer = as_person(desk.administrator).patch(
            f"{base(desk)}/sectors/{desk.sector.pk}/", {"managers": [str(other_desk.administrator.pk)]}
        )
        assert answer.json()["code"] == "no_access_to_chats"
        assert other_desk.administrator.name not in answer.json()["detail"]

    def test_archive_and_restore(self, desk, as_person):
        api = as_person(desk.administrator)
        ticket = desk.open_ticket()
        path = f"{base(desk)}/sectors/{desk.sector.pk}"
        assert api.post(f"{path}/archive/").json()["code"] == "sector_has_open_tickets"
        desk.close(ticket)
        for _ in range(2):
            assert api.post(f"{path}/archive/").json()["archived_at"]
        assert api.get(f"{base(desk)}/sectors/").json()["results"] == []
        assert len(api.get(f"{base(desk)}/sectors/", archived="true").json()["results"]) == 1
        assert api.post(f"{path}/restore/").json()["archived_at"] is None

    def test_a_name_that_is_taken(self, desk, as_person):
        answer = as_person(desk.administrator).post(
            f"{base(desk)}/sectors/", {"name": desk.sector.name.upper(), "queue": "Q"}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "sector_name_taken")
        assert Sector.objects.count() == 1


class TestQueuesAndTags:
    def test_agents_and_their_status(self, desk, as_person):
        online, offline = desk.agent_online(), desk.agent()
        queue = as_person(desk.administrator).get(f"{base(desk)}/queues/{desk.queue.pk}/").json()
        assert {a["id"]: a["status"] for a in queue["agents"]} == {
            str(online.pk): "online",
            str(offline.pk): "offline",
        }

    def test_putting_an_agent_on_a_queue_routes(self, desk, as_person):
        ticket = desk.open_ticket()
        agent = desk.agent_online(desk.add_queue())
        answer = as_person(desk.administrator).patch(
            f"{base(desk)}/queues/{desk.queue.pk}/", {"agents": [str(agent.pk)]}
        )
        assert answer.status_code == 200
        assert Ticket.objects.get(pk=ticket.pk).agent == agent

    def test_the_last_queue_and_tag_stay(self, desk, as_person):
        api = as_person(desk.administrator)
        assert api.post(f"{base(desk)}/queues/{desk.queue.pk}/archive/").json()["code"] == "last_queue"
        first, second = desk.tags
        assert api.post(f"{base(desk)}/tags/{first.pk}/archive/").json()["archived_at"]
        assert api.post(f"{base(desk)}/tags/{second.pk}/archive/").json()["code"] == "last_tag"
        assert api.post(f"{base(desk)}/tags/{first.pk}/restore/").json()["archived_at"] is None

    def test_several_tags_at_once_or_none(self, desk, as_person):
        api = as_person(desk.administrator)
        body = {"sector": str(desk.sector.pk), "names": ["One", "Two"]}
        assert [t["name"] for t in api.post(f"{base(desk)}/tags/", body).json()["results"]] == ["One", "Two"]
        again = api.post(f"{base(desk)}/tags/", {**body, "names": ["Three", "óne"]})
        assert (again.status_code, again.json()["code"]) == (400, "tag_name_taken")
        assert not Tag.objects.filter(name="Three").exists()
        assert api.post(f"{base(desk)}/tags/", {**body, "names": []}).status_code == 400
        assert api.patch(f"{base(desk)}/tags/{desk.tags[0].pk}/", {"name": "Renamed"}).json()["name"] == "Renamed"

    def test_a_sector_of_others_in_a_body(self, desk, other_desk, as_person):
        api = as_person(desk.administrator)
        foreign = str(other_desk.sector.pk)
        for path, body in (("queues", {"name": "Q"}), ("tags", {"names": ["T"]})):
            answer = api.post(f"{base(desk)}/{path}/", {"sector": foreign, **body})
            assert (answer.status_code, answer.json()["code"]) == (400, "not_found")
        assert Queue.objects.filter(sector=other_desk.sector).count() == 1
