"""The REST API: the pages' operations, scopes and errors, for programs."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orgs import operations as orgs
from orgs.models import AuditEntry, ProjectRole, TokenScope
from tests.builders import Desk, fresh, project_of
from tickets import operations
from tickets.models import Ticket

from .tools import base


def all_gets(desk, ticket):
    root = base(desk)
    return [
        f"{root}/", f"{root}/sectors/", f"{root}/sectors/{desk.sector.pk}/", f"{root}/queues/",
        f"{root}/queues/{desk.queue.pk}/", f"{root}/tags/", f"{root}/tags/{desk.tags[0].pk}/", f"{root}/tickets/",
        f"{root}/tickets/{ticket.pk}/", f"{root}/tickets/{ticket.pk}/lines/", f"{root}/tickets/{ticket.pk}/history/",
    ]  # fmt: skip


def all_writes(desk, ticket):
    root, sector, queue, tag = base(desk), desk.sector.pk, desk.queue.pk, desk.tags[0].pk
    return [
        ("POST", f"{root}/sectors/", {"name": "S", "queue": "Q"}),
        ("PATCH", f"{root}/sectors/{sector}/", {"name": "S"}),
        ("POST", f"{root}/sectors/{sector}/archive/", None),
        ("POST", f"{root}/sectors/{sector}/restore/", None),
        ("POST", f"{root}/queues/", {"sector": str(sector), "name": "Q"}),
        ("PATCH", f"{root}/queues/{queue}/", {"name": "Q"}),
        ("POST", f"{root}/queues/{queue}/archive/", None),
        ("POST", f"{root}/queues/{queue}/restore/", None),
        ("POST", f"{root}/tags/", {"sector": str(sector), "names": ["T"]}),
        ("PATCH", f"{root}/tags/{tag}/", {"name": "T"}),
        ("POST", f"{root}/tags/{tag}/archive/", None),
        ("POST", f"{root}/tags/{tag}/restore/", None),
        ("POST", f"{root}/tickets/{ticket.pk}/close/", {"tags": [str(tag)]}),
        *many_writes(desk, ticket),
    ]


def many_writes(desk, ticket):
    """Return writes on many tickets, which are answered ticket by ticket to whoever has any."""
    root, tickets = base(desk), [str(ticket.pk)]
    return [
        ("POST", f"{root}/tickets/close/", {"tickets": tickets, "tags": [str(desk.tags[0].pk)]}),
        ("POST", f"{root}/tickets/transfer/", {"tickets": tickets, "queue": str(desk.queue.pk)}),
    ]


class TestWho:
    def test_nobody(self, desk):
        ticket = desk.open_ticket()
        for path in ["/organizations/", "/projects/", *all_gets(desk, ticket)]:
            answer = Client().get(f"/api/v1{path}")
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), path

    def test_strangers_are_told_404_for_everything(self, desk, other_desk, as_person, as_program):
        ticket = desk.open_ticket()
        strangers = [as_person(other_desk.administrator), as_program(other_desk, *TokenScope.values)]
        for stranger in strangers:
            for path in all_gets(desk, ticket):
                assert stranger.get(path).status_code == 404, path
            for method, path, body in all_writes(desk, ticket):
                assert stranger.call(method, path, body).status_code == 404, path

    def test_a_viewer_of_the_project_has_no_access_to_chats(self, desk, as_person):
        viewer = as_person(desk.person(ProjectRole.VIEWER))
        ticket = desk.open_ticket()
        assert viewer.get(f"{base(desk)}/").status_code == 200
        for path in all_gets(desk, ticket)[1:]:
            assert viewer.get(path).status_code == 403, path
        for method, path, body in all_writes(desk, ticket):
            assert viewer.call(method, path, body).status_code == 403, path

    def test_an_agent_reads_their_own_and_changes_nothing(self, desk, as_person):
        agent = desk.agent()
        api = as_person(agent)
        ticket = desk.open_ticket()
        for path in all_gets(desk, ticket):
            assert api.get(path).status_code == 200, path
        many = many_writes(desk, ticket)
        for method, path, body in [write for write in all_writes(desk, ticket) if write not in many]:
            assert api.call(method, path, body).status_code == 403, path
        for method, path, body in many:
            answer = api.call(method, path, body)
            assert (answer.status_code, answer.json()["done"]) == (200, 0), path
        assert fresh(ticket).is_waiting

    def test_an_agent_sees_no_sector_but_those_of_own_queues(self, desk, as_person):
        other = desk.add_sector()
        api = as_person(desk.agent())
        assert [s["id"] for s in api.get(f"{base(desk)}/sectors/").json()["results"]] == [str(desk.sector.pk)]
        assert api.get(f"{base(desk)}/sectors/{other.pk}/").status_code == 404
        elsewhere = desk.open_ticket(sector=other)
        assert api.get(f"{base(desk)}/tickets/{elsewhere.pk}/").status_code == 404
        assert api.get(f"{base(desk)}/tickets/").json()["results"] == []
        tags = {t["sector"] for t in api.get(f"{base(desk)}/tags/").json()["results"]}
        assert tags == {str(desk.sector.pk)}

    def test_a_manager_looks_after_the_own_sector(self, desk, as_person):
        other = desk.add_sector()
        api = as_person(desk.manager())
        assert api.patch(f"{base(desk)}/sectors/{desk.sector.pk}/", {"ticket_limit": 7}).status_code == 200
        assert api.patch(f"{base(desk)}/sectors/{other.pk}/", {"ticket_limit": 7}).status_code == 404
        assert api.post(f"{base(desk)}/sectors/", {"name": "S", "queue": "Q"}).status_code == 403

    def test_a_session_needs_the_csrf_token(self, desk):
        client = Client(enforce_csrf_checks=True)
        client.force_login(desk.administrator)
        answer = client.patch(f"/api/v1{base(desk)}/sectors/{desk.sector.pk}/", {}, "application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    def test_a_token_needs_none(self, desk):
        from tests.flow import token_for

        secret = token_for(desk, scopes=[TokenScope.ADMINISTER])[1]
        client = Client(enforce_csrf_checks=True)
        answer = client.patch(
            f"/api/v1{base(desk)}/sectors/{desk.sector.pk}/", {"ticket_limit": 9}, "application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip
        assert answer.status_code == 200


class TestTokens:
    def test_one_that_opens_neither_reads_nor_changes(self, desk, as_program):
        api = as_program(desk, TokenScope.OPEN)
        ticket = desk.open_ticket()
        for path in ["/organizations/", "/projects/", *all_gets(desk, ticket)]:
            answer = api.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_required"), path

    def test_one_that_reads_changes_nothing(self, desk, as_program):
        api = as_program(desk, TokenScope.READ)
        ticket = desk.open_ticket()
        for path in all_gets(desk, ticket):
            assert api.get(path).status_code == 200, path
        for method, path, body in all_writes(desk, ticket):
            assert api.call(method, path, body).status_code == 403, path
        assert not AuditEntry.objects.filter(actor_name="Flow").exists()

    def test_one_that_administers_does_both(self, desk, as_program):
        api = as_program(desk, TokenScope.ADMINISTER)
        answer = api.post(f"{base(desk)}/queues/", {"sector": str(desk.sector.pk), "name": "Second"})
        assert answer.status_code == 201
        entry = AuditEntry.objects.get(action="queue.created", target_id=answer.json()["id"])
        assert (entry.actor, entry.actor_name) == (None, "Flow")

    def test_one_of_a_sector_reaches_that_sector_alone(self, desk, as_program):
        other = desk.add_sector()
        waiting, elsewhere = desk.open_ticket(), desk.open_ticket(sector=other)
        api = as_program(desk, TokenScope.ADMINISTER, TokenScope.READ, sector_id=desk.sector.pk)
        assert [t["id"] for t in api.get(f"{base(desk)}/tickets/").json()["results"]] == [str(waiting.pk)]
        assert api.get(f"{base(desk)}/tickets/{elsewhere.pk}/").status_code == 404
        assert api.post(f"{base(desk)}/tickets/{elsewhere.pk}/close/", {"tags": []}).status_code == 404
        assert [s["id"] for s in api.get(f"{base(desk)}/sectors/").json()["results"]] == [str(desk.sector.pk)]
        assert api.patch(f"{base(desk)}/sectors/{desk.sector.pk}/", {"ticket_limit": 5}).status_code == 200
        assert api.patch(f"{base(desk)}/sectors/{other.pk}/", {"ticket_limit": 5}).status_code == 404
        assert api.post(f"{base(desk)}/sectors/", {"name": "S", "queue": "Q"}).status_code == 403
        closed = api.post(f"{base(desk)}/tickets/{waiting.pk}/close/", {"tags": [str(desk.tags[0].pk)]})
        assert closed.json()["status"] == "closed"
        assert Ticket.objects.get(pk=waiting.pk).closed_by is None

    def test_organizations_and_projects_in_reach(self, desk, other_desk, as_program):
        sister = project_of(desk.project.organization)
        own = as_program(desk)
        assert own.get("/organizations/").json()["results"] == []
        assert [p["id"] for p in own.get("/projects/").json()["results"]] == [str(desk.project.pk)]
        wide = as_program(desk, project=None, organization=desk.project.organization)
        assert [o["id"] for o in wide.get("/organizations/").json()["results"]] == [str(desk.project.organization_id)]
        assert {p["id"] for p in wide.get("/projects/").json()["results"]} == {str(desk.project.pk), str(sister.pk)}
        assert wide.get(f"/organizations/{other_desk.project.organization_id}/").status_code == 404
        everything = as_program(desk, project=None)
        assert len(everything.get("/organizations/").json()["results"]) == 2
        assert everything.get(f"{base(other_desk)}/tickets/").status_code == 200


class TestTickets:
    def test_filters(self, desk, as_person):
        api = as_person(desk.administrator)
        other = desk.add_sector()
        agent = desk.agent_online(limit=1)
        active, waiting = desk.open_ticket("ana"), desk.open_ticket()
        elsewhere = desk.open_ticket(sector=other)
        closed = desk.close(desk.open_ticket(sector=other), tags=list(other.tags.all())[:1])
        names = {"active": active, "waiting": waiting, "elsewhere": elsewhere, "closed": closed}

        def found(**query):
            answer = api.get(f"{base(desk)}/tickets/", **query)
            assert answer.status_code == 200, answer.json()
            ids = [t["id"] for t in answer.json()["results"]]
            return {name for name, t in names.items() if str(t.pk) in ids}

        assert found() == set(names)
        assert found(status="active") == {"active"}
        assert found(status="open") == {"active", "waiting", "elsewhere"}
        assert found(sector=str(other.pk)) == {"elsewhere", "closed"}
        assert found(queue=str(desk.queue.pk)) == {"active", "waiting"}
        assert found(agent=str(agent.pk)) == {"active"}
        assert found(contact="ana") == {"active"}
        assert found(protocol=closed.protocol) == {"closed"}
        tag = closed.tags.get()
        assert found(tag=[str(tag.pk), str(desk.tags[0].pk)]) == {"closed"}
        assert found(tag=str(desk.tags[0].pk)) == set()
        assert found(closed_from=(timezone.now() - timedelta(hours=1)).isoformat()) == {"closed"}
        assert found(opened_before=(timezone.now() - timedelta(hours=1)).isoformat()) == set()
        assert found(status="", sector="") == set(names)

    @pytest.mark.parametrize(
        "query",
        [{"status": "x"}, {"sector": "x"}, {"tag": ["x"]}, {"opened_from": "x"}, {"limit": "x"}, {"limit": "0"},
         {"cursor": "x"}, {"cursor": "cD0lMDA="}, {"protocol": "x" * 100}, {"cursor": "cD1hYmM="}],
    )  # fmt: skip
    def test_bad_filters(self, desk, as_person, query):
        answer = as_person(desk.administrator).get(f"{base(desk)}/tickets/", **query)
        assert answer.status_code == 400
        assert answer.json()["detail"]

    @pytest.mark.parametrize("status", ["", "waiting", "closed", "open"])
    def test_pages(self, desk, as_person, status):
        tickets = [desk.open_ticket() for _ in range(7)]
        if status == "closed":
            for ticket in tickets:
                desk.close(ticket)
        api = as_person(desk.administrator)
        page = api.get(f"{base(desk)}/tickets/", limit=3, status=status).json()
        assert page["previous"] is None
        seen = [t["id"] for t in page["results"]]
        while page["next"]:
            page = api.get(page["next"]).json()
            seen += [t["id"] for t in page["results"]]
        expected = [str(t.pk) for t in tickets]
        assert seen == (expected if status == "waiting" else expected[::-1])
        back = api.get(page["previous"]).json()
        assert [t["id"] for t in back["results"]] == seen[3:6]

    def test_positions(self, desk, as_person):
        for _ in range(3):
            desk.open_ticket()
        rows = as_person(desk.administrator).get(f"{base(desk)}/tickets/", status="waiting").json()["results"]
        assert [row["position"] for row in rows] == [1, 2, 3]

    def test_a_list_costs_the_same_whatever_its_length(self, desk, as_person, django_assert_num_queries):
        api = as_person(desk.administrator)
        desk.agent_online(limit=2)

        def cost():
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(connection, ) as queries:  # fmt: skip
                for path in ("tickets", "sectors", "queues", "tags"):
                    assert api.get(f"{base(desk)}/{path}/").status_code == 200
            return len(queries)

        desk.open_ticket(), desk.open_ticket(), desk.open_ticket()
        desk.close(desk.open_ticket())
        few = cost()
        for _ in range(10):
            sector = desk.add_sector()
            desk.agent(sector.queues.get())
            desk.close(desk.open_ticket(sector=sector), tags=sector.tags.all())
            desk.open_ticket(sector=sector)
            desk.open_ticket()
        assert cost() == few

    def test_reading_with_lines(self, desk, as_person):
        agent = desk.agent_online()
        ticket = desk.open_ticket()
        for n in range(60):
            desk.message(ticket, f"{n}")
        desk.reply(ticket, agent, "An answer")
        operations.add_note(ticket.pk, "A note", by=desk.by(agent))
        api = as_person(agent)
        found = api.get(f"{base(desk)}/tickets/{ticket.pk}/").json()
        lines = found["lines"]["results"]
        assert [line["text"] for line in lines[-2:]] == ["An answer", "A note"]
        assert [line["kind"] for line in lines[-2:]] == ["agent", "note"]
        earlier = api.get(found["lines"]["earlier"]).json()
        numbers = [line["number"] for line in earlier["results"] + lines]
        assert numbers == list(range(1, 65))
        assert earlier["results"][0]["kind"] == "event"
        after = api.get(f"{base(desk)}/tickets/{ticket.pk}/lines/", after=62).json()["results"]
        assert [line["number"] for line in after] == [63, 64]

    def test_history_before_the_hand_over(self, desk, as_person):
        ticket = desk.open_ticket()
        start = timezone.now() - timedelta(hours=1)
        rows = [operations.HistoryLine(n % 2 == 0, start + timedelta(seconds=n), f"{n}") for n in range(60)]
        operations.add_history(ticket.pk, rows)
        api = as_person(desk.administrator)
        newest = api.get(f"{base(desk)}/tickets/{ticket.pk}/history/").json()
        oldest = api.get(newest["earlier"]).json()
        assert [line["text"] for line in oldest["results"] + newest["results"]] == [f"{n}" for n in range(60)]
        assert oldest["earlier"] is None
        for bad in ("x", "2030-01-01T00:00:00,x", "9999-12-31T23:59:59-14:00,x", ","):
            assert api.get(f"{base(desk)}/tickets/{ticket.pk}/history/", before=bad).status_code == 400

    def test_an_anonymous_contact(self, desk, as_person):
        ticket = desk.open_ticket(is_anon=True)
        shown = as_person(desk.administrator).get(f"{base(desk)}/tickets/{ticket.pk}/").json()
        assert (shown["contact"]["urn"], shown["contact"]["phone"]) == ("", "")

    def test_closing(self, desk, as_person):
        agent = desk.agent_online(limit=1)
        first, second = desk.open_ticket(), desk.open_ticket()
        api = as_person(agent)
        path = f"{base(desk)}/tickets/{first.pk}/close/"
        for body in ({"tags": []}, {}, None, {"tags": None}, {"tags": "x"}, {"tags": ["x"]}, []):
            answer = api.post(path, body)
            assert answer.status_code == 400
            assert answer.json()["detail"]
        assert api.post(path, {"tags": []}).json()["code"] == "tags_required"
        foreign = desk.add_sector().tags.all()[0]
        assert api.post(path, {"tags": [str(foreign.pk)]}).json()["code"] == "foreign_tag"
        done = api.post(path, {"tags": [str(t.pk) for t in desk.tags]})
        assert done.status_code == 200
        assert {t["name"] for t in done.json()["tags"]} == {t.name for t in desk.tags}
        assert done.json()["closed_at"]
        assert api.post(path, {"tags": [str(desk.tags[0].pk)]}).status_code == 200
        assert Ticket.objects.get(pk=second.pk).agent == agent

    def test_another_agents_ticket(self, desk, as_person):
        desk.agent_online()
        other = desk.agent()
        ticket = desk.open_ticket()
        answer = as_person(other).post(f"{base(desk)}/tickets/{ticket.pk}/close/", {"tags": [str(desk.tags[0].pk)]})
        assert answer.status_code == 404


def test_removed_members_lose_it_at_once(desk: Desk, as_person):
    agent = desk.agent()
    api = as_person(agent)
    assert api.get(f"{base(desk)}/tickets/").status_code == 200
    desk.remove(agent)
    assert api.get(f"{base(desk)}/tickets/").status_code == 404


def test_an_archived_project_is_gone(desk, as_person, as_program):
    person, program = as_person(desk.administrator), as_program(desk, project=None)
    own = as_program(desk)
    orgs.archive_project(desk.project, by=desk.by())
    for api in (person, program):
        assert api.get(f"{base(desk)}/tickets/").status_code == 404
        assert api.get("/projects/").json()["results"] == []
    assert own.get(f"{base(desk)}/tickets/").json()["code"] == "token_invalid"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing/", "/api/v1/projects/x/"])
def test_unknown_addresses_answer_json(db, path):
    answer = Client().get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
