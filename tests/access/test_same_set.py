"""Wherever a person looks, the tickets are the same (docs/rules.md, Visibility): lists, counts, search, export, the
API, links of the dashboard, and live events, each compared with what is written by hand in ``story.SEES``.
"""

import csv
import html
import io
import re
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from live.asgi import EventStream
from live.hub import Hub
from tests.access.counting import Cases
from tests.access.story import BESIDE, CLOSED, EVERYTHING, MENTIONED, OPEN, PROGRAMS, SEES, Past
from tests.live.tools import NEVER, QUICK, Browser, browsing, in_thread, play, until
from tickets.models import Ticket
from weni_chats.live_access import authorize

#: Those who search for each ticket by itself.
SEARCHING = {"administrator", "manager", "agent"}
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture
def past(db: None) -> Past:
    return Past.tell()


class Looker:
    """Somebody who looks everywhere; each way of looking returns what the tickets found stand for."""

    def __init__(self, past: Past, who: str) -> None:
        self.past = past
        self.who = who
        self.looks = 0
        self.client = Client()
        self.headers = {}
        if who in past.secrets:
            self.headers = {"authorization": f"Bearer {past.secrets[who]}"}
        else:
            self.client.force_login(past.people[who])

    def get(self, route: str, *args: Any, **query: Any) -> Any:
        self.looks += 1
        return self.client.get(reverse(route, args=[self.past.desk.project.pk, *args]), query, headers=self.headers)

    def text(self, route: str, *args: Any, **query: Any) -> str:
        answer = self.get(route, *args, **query)
        assert answer.status_code == 200, (route, query, answer.status_code)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return content.decode()

    def api(self, **query: Any) -> set[str]:
        """The list of the REST API, over its pages."""
        found: list[str] = []
        answer = self.get("rest:tickets", limit=3, **query).json()
        while True:
            found += [row["id"] for row in answer["results"]]
            if not answer["next"]:
                assert len(found) == len(set(found))
                return self.past.words(found)
            self.looks += 1
            answer = self.client.get(answer["next"], headers=self.headers).json()

    def one_by_one(self, route: str) -> set[str]:
        """Each ticket asked for by its id, those of others too: 200 or 404, nothing else."""
        wanted = [*self.past.tickets.values(), *self.past.decoys]
        answers = {ticket.pk: self.get(route, ticket.pk).status_code for ticket in wanted}
        assert set(answers.values()) <= {200, 404}
        return self.past.words([pk for pk, status in answers.items() if status == 200])

    def history(self, **query: Any) -> set[str]:
        """The list of the history, and the count above it."""
        text = self.text("reports:history", **query)
        found = set(re.findall(rf"/history/({ID})/", text))
        count = re.search(r'list-count"[^>]*>\s*(\d+) ticket', text)
        assert int(count[1] if count else 0) == len(found)
        return self.past.words(found)

    def export(self, **query: Any) -> set[str]:
        """The rows of the CSV."""
        rows = list(csv.DictReader(io.StringIO(self.text("reports:export_csv", **query).lstrip("\ufeff"))))
        assert len(rows) == len({row["Ticket"] for row in rows})
        return self.past.words([row["Ticket"] for row in rows])

    def desk(self) -> set[str]:
        """The list of the desk."""
        return self.past.words(set(re.findall(rf'data-ticket="({ID})"', self.text("tickets:worklist"))))

    def palette(self, typed: str) -> set[str]:
        """What the search that is on every page leads to."""
        return self.past.words(set(re.findall(rf"/(?:desk|history)/({ID})/", self.text("palette:find", q=typed))))

    def behind_the_figures(self) -> set[str]:
        """All tickets that links of the dashboard lead to."""
        links = re.findall(r'href="([^"]*/history/\?[^"]*)"', self.text("reports:dashboard"))
        found: set[str] = set()
        for link in set(links):
            self.looks += 1
            answer = self.client.get(html.unescape(link))
            assert answer.status_code == 200, link
            found |= self.past.words(re.findall(rf"/history/({ID})/", answer.content.decode()))
        return found


@pytest.mark.parametrize("who", SEES)
def test_a_person_sees_the_same_tickets_wherever_they_look(past: Past, who: str, cases: Cases) -> None:
    look, sees = Looker(past, who), SEES[who]
    assert set(Ticket.objects.visible_to(past.desk.member(past.people[who]))) == {past.tickets[w] for w in sees}
    # The API
    assert look.api() == sees
    assert look.api(status="open") == sees & OPEN
    assert look.api(status="closed") == sees & CLOSED
    # By id
    for route in ("rest:ticket", "rest:ticket_lines", "tickets:ticket", "tickets:lines", "reports:ticket"):
        assert look.one_by_one(route) == sees, route
    # History, its counts and the export: of what is seen in its own right
    own = sees - BESIDE.get(who, set()) - MENTIONED.get(who, set())
    for ways in (look.history, look.export):
        assert ways() == own & CLOSED
        assert ways(counted="opened") == own
        # Searches: by what was said, by whom, by number. Everybody in the story says wombat.
        assert ways(counted="opened", text="wombat") == own
        assert ways(counted="opened", contact="contact of everybody") == set()
    for word in EVERYTHING if who in SEARCHING else ():
        # Every word, in any order.
        name = past.contact_of(word)
        found = {other for other in own if all(part in past.contact_of(other) for part in name.split())}
        assert look.history(counted="opened", contact=name) == found
        assert look.export(counted="opened", protocol=past.tickets[word].protocol) == {word} & own
        assert look.palette(past.tickets[word].protocol) == {word} & sees
    for decoy in past.decoys:
        assert look.palette(decoy.protocol) == set()
        assert look.history(counted="opened", protocol=decoy.protocol) == set()
    # Nobody finds out an anonymous contact's address by searching for it.
    assert "anonymous" not in look.history(contact=past.tickets["anonymous"].contact.urn)
    # The desk, and what the dashboard counts and links to
    assert look.desk() == sees & OPEN | closed_today(past, who)
    now = look.get("reports:now").context["now"]
    assert now.waiting == len([w for w in own & OPEN if past_ticket(past, w).is_waiting])
    assert now.active == len([w for w in own & OPEN if past_ticket(past, w).is_active])
    found = look.behind_the_figures()
    assert found <= own
    assert found >= own & CLOSED
    cases(look.looks)


def past_ticket(past: Past, word: str) -> Ticket:
    return Ticket.objects.get(pk=past.tickets[word].pk)


def closed_today(past: Past, who: str) -> set[str]:
    """The tickets that the person attended last or is mentioned in, and that are over: the desk lists them below the
    open ones.
    """
    attended = {w for w in SEES[who] & CLOSED if past_ticket(past, w).agent == past.people[who]}
    return attended | MENTIONED.get(who, set()) & CLOSED


@pytest.mark.parametrize("who", PROGRAMS)
def test_a_program_sees_the_same_tickets_wherever_it_looks(past: Past, who: str, cases: Cases) -> None:
    look, sees = Looker(past, who), PROGRAMS[who]
    assert look.api() == sees
    assert look.api(status="open") == sees & OPEN
    assert look.api(status="closed") == sees & CLOSED
    for word in EVERYTHING:
        assert look.api(protocol=past.tickets[word].protocol) == {word} & sees
        contact = past.tickets[word].contact
        theirs = {other for other in sees if past.tickets[other].contact == contact}
        assert look.api(contact=contact.external_id) == theirs
    assert look.api(contact="contact of everybody") == set()
    for route in ("rest:ticket", "rest:ticket_lines", "rest:ticket_history"):
        assert look.one_by_one(route) == sees, route
    cases(look.looks)


def test_whoever_has_no_access_to_chats_sees_none_of_it(past: Past, cases: Cases) -> None:
    past.people["viewer"] = past.desk.person("viewer")
    look = Looker(past, "viewer")
    routes = ("rest:tickets", "reports:history", "reports:export_csv", "reports:dashboard", "reports:now",
              "tickets:desk", "tickets:worklist")  # fmt: skip
    assert [look.get(route).status_code for route in routes] == [403] * len(routes)
    cases(look.looks)


# Live events


def listening(app: EventStream, client: Client, project: Any) -> AbstractAsyncContextManager[Browser]:
    """Hold a stream of a signed-in browser open."""
    cookie = client.cookies.output(header="", sep=";").strip().split(";")[0].encode()
    return browsing(app, f"/live/{project}/", ((b"cookie", cookie),))


def test_live_events_tell_of_the_same_tickets(transactional_db: None, cases: Cases) -> None:
    """Each open ticket's contact writes once, elsewhere too; who sees the ticket hears of it, nobody else does."""
    past = Past.tell()
    heard: dict[str, set[str]] = {}
    clients = {who: Looker(past, who).client for who in SEES}
    app = EventStream(authorize, pace=NEVER, hub=Hub(timing=QUICK))

    def write() -> None:
        for ticket in [*past.tickets.values(), *past.decoys]:
            if not Ticket.objects.get(pk=ticket.pk).is_closed:
                past.desk.message(ticket, "Once more")
        # The last word, which everybody who hears anything hears.
        for user in past.people.values():
            past.desk.status(user, "paused", reason="Over")

    async def story() -> None:
        async with AsyncExitStack() as stack:
            browsers = {
                who: await stack.enter_async_context(listening(app, client, past.desk.project.pk))
                for who, client in clients.items()
            }
            await in_thread(write)
            for who, browser in browsers.items():
                own = str(past.people[who].pk)
                await until(lambda b=browser, o=own: ("status", {"user": o}) in b.events)
            for who, browser in browsers.items():
                heard[who] = past.words({ids["ticket"] for kind, ids in browser.events if kind == "message"})
        await app.close()

    play(story())
    assert heard == {who: sees & OPEN for who, sees in SEES.items()}
    cases(len(SEES) * (len(past.tickets) + len(past.decoys)))
