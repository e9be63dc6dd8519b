"""Times and parameters of REST: one parser for what others wrote, and no parameter without a meaning."""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.instants import parse_day, parse_instant, parse_local
from orgs.api.base import RestViewSet, rules_of
from orgs.models import TokenScope
from sectors.models import Sector
from tests.builders import Desk, sector_in
from tickets.models import Ticket
from weni_chats.api import rest_urls

from .tools import base

#: Texts that look like times, and are none that can be worked with everywhere.
BAD_TIMES = [
    "x", "NaN", "Infinity", "0", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+16:00", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-16:00",
    "2026-11-10T00:00:00+99:99", "2026-11-10T25:00:00Z", "9" * 80,
]  # fmt: skip
BAD_DAYS = ["2026-02-30", "0000-01-01", "10000-01-01", "0001-01-01", "9999-12-31", "20261110", "2026-W46-2"]


def past_ticket(desk: Desk, sector: Sector, at: datetime) -> Ticket:
    """Return a ticket of the sector, opened and closed at a time."""
    ticket = desk.open_ticket(sector=sector, now=at)
    return desk.close(ticket, tags=[sector.tags.first()], now=at)


@pytest.mark.parametrize("text", [*BAD_TIMES, "2026-11-10T00:00:00", "2026-11-10", "", None, 5])
def test_no_time(text: object) -> None:
    assert parse_instant(text) is None


def test_times() -> None:
    at = datetime(2026, 11, 10, 3, tzinfo=UTC)
    for text in (
        "2026-11-10T00:00:00-03:00", "2026-11-10t03:00:00z", "2026-11-10 03:00Z", "2026-11-10T05:00:00 02:00",
        "2026-11-09T11:00:00-16:00", "2026-11-10 05:00:00 02:00", "2026-11-10T03:00:00.000000000Z",
    ):  # fmt: skip
        assert parse_instant(text) == at, text
    assert parse_instant("2026-11-10T00:00:00", naive=ZoneInfo("America/Sao_Paulo")) == at
    assert parse_local("2026-11-10T03:00") == at.replace(tzinfo=None)
    assert parse_local("2026-11-10T03:00Z") is None
    assert parse_day("2026-11-10") == date(2026, 11, 10)


@given(st.text(max_size=40) | st.from_regex(r"\d{1,5}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d(:?\d\d)?|Z)?"))
def test_any_text_is_a_time_with_a_date_everywhere_or_none(text: str) -> None:
    for parse in (parse_instant, parse_day, parse_local):
        found = parse(text)
        if isinstance(found, datetime) and found.tzinfo:
            assert found.tzinfo == UTC
            for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
                assert found.astimezone(ZoneInfo(zone)).isoformat()


class TestTickets:
    def test_a_time_without_offset_is_refused_by_name(self, desk: Desk, program) -> None:
        for name in ("opened_from", "opened_before", "closed_from", "closed_before"):
            for text in [*BAD_TIMES, *BAD_DAYS, "2026-11-10T00:00:00"]:
                answer = program.get(f"{base(desk)}/tickets/", **{name: text})
                assert (answer.status_code, [*answer.json()["errors"]]) == (400, [name]), (name, text)

    def test_a_date_is_the_day_of_the_tickets_sector(self, desk: Desk, program) -> None:
        east = sector_in(desk.project, timezone_name="Pacific/Kiritimati")
        west = sector_in(desk.project, timezone_name="America/Sao_Paulo")
        # 10:00 UTC on the tenth is the eleventh already in Kiritimati; 02:00 UTC is the ninth still in São Paulo.
        late, early = datetime(2026, 11, 10, 10, tzinfo=UTC), datetime(2026, 11, 10, 2, tzinfo=UTC)
        made = {
            (name, at): str(past_ticket(desk, sector, at).pk)
            for name, sector in (("east", east), ("west", west), ("utc", desk.sector))
            for at in (late, early)
        }

        def found(**query: str) -> set[tuple[str, datetime]]:
            rows = program.get(f"{base(desk)}/tickets/", **query).json()["results"]
            return {key for key, pk in made.items() if pk in {row["id"] for row in rows}}

        tenth = {("west", late), ("utc", late), ("utc", early), ("east", early)}
        for what in ("opened", "closed"):
            assert found(**{f"{what}_from": "2026-11-10", f"{what}_before": "2026-11-11"}) == tenth
            assert found(**{f"{what}_before": "2026-11-10"}) == {("west", early)}
            assert found(**{f"{what}_from": "2026-11-11"}) == {("east", late)}
            at_once = {f"{what}_from": "2026-11-10T02:00:00Z", f"{what}_before": "2026-11-10T05:00:00 02:00"}
            assert found(**at_once) == {(name, early) for name in ("east", "west", "utc")}

    def test_history_finds_the_same_days(self, desk: Desk, program, client) -> None:
        west = sector_in(desk.project, timezone_name="America/Sao_Paulo")
        at = datetime(2026, 11, 10, 2, tzinfo=UTC)
        ticket = past_ticket(desk, west, at)
        client.force_login(desk.administrator)
        for day, there in (("2026-11-09", True), ("2026-11-10", False)):
            page = client.get(f"/projects/{desk.project.pk}/history/", {"from": day, "to": day}).content.decode()
            assert (ticket.protocol in page) is there, day
            after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
            rows = program.get(f"{base(desk)}/tickets/", closed_from=day, closed_before=after).json()["results"]
            assert bool(rows) is there, day

    def test_keys_of_pages_are_refused_by_name(self, desk: Desk, program) -> None:
        ticket = desk.open_ticket()
        for text in BAD_TIMES:
            answer = program.get(f"{base(desk)}/tickets/{ticket.pk}/history/", before=f"{text},{ticket.pk}")
            assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["before"]), text
            cursor = b64encode(f"p={text.replace('+', '%2B')},{ticket.pk}".encode()).decode()
            answer = program.get(f"{base(desk)}/tickets/", cursor=cursor, status="closed")
            assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["cursor"]), text

    def test_a_key_with_a_far_offset_is_a_time_like_any_other(self, desk: Desk, program) -> None:
        ticket = desk.open_ticket()
        key = f"2026-11-10T00:00:00-16:00,{ticket.pk}"
        assert program.get(f"{base(desk)}/tickets/{ticket.pk}/history/", before=key).status_code == 200
        cursor = b64encode(f"p={key}".encode()).decode()
        assert program.get(f"{base(desk)}/tickets/", cursor=cursor, status="closed").status_code == 200


def test_keys_in_addresses_of_pages_fall_back(desk: Desk, client) -> None:
    client.force_login(desk.administrator)
    ticket = desk.closed_ticket()
    for text in [*BAD_TIMES, "2026-11-10T00:00:00-16:00"]:
        for way in ("after", "before"):
            answer = client.get(f"/projects/{desk.project.pk}/history/", {way: f"{text},{ticket.pk}"})
            assert answer.status_code < 500, (text, way)
        answer = client.get(f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/hours/", {"at": text})
        assert answer.status_code < 500, text


class TestTokens:
    def made(self, api, desk: Desk, expires_at: str):
        body = {"name": "T", "scopes": [TokenScope.READ], "expires_at": expires_at}
        return api.post(f"{base(desk)}/tokens/", body)

    def test_a_date_lasts_to_its_end_where_the_sectors_are(self, db, as_person) -> None:
        desk = Desk.set_up(timezone_name="America/Sao_Paulo")
        api = as_person(desk.administrator)
        answer = self.made(api, desk, "2090-01-31")
        assert (answer.status_code, answer.json()["expires_at"]) == (201, "2090-02-01T03:00:00Z")
        organization = desk.project.organization
        body = {"name": "T", "scopes": ["read"], "expires_at": "2090-01-31"}
        answer = api.post(f"/organizations/{organization.pk}/tokens/", body)
        assert answer.json()["expires_at"] == "2090-02-01T03:00:00Z"

    def test_times(self, desk: Desk, as_person) -> None:
        api = as_person(desk.administrator)
        assert self.made(api, desk, "2090-01-31T00:00:00-03:00").json()["expires_at"] == "2090-01-31T03:00:00Z"
        today = datetime.now(UTC).date()
        assert self.made(api, desk, today.isoformat()).status_code == 201
        past = (today - timedelta(days=1)).isoformat()
        for text in [*BAD_TIMES, *BAD_DAYS, "2090-01-31T00:00:00", past, "2102-01-01"]:
            answer = self.made(api, desk, text)
            assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["expires_at"]), text


class TestParameters:
    def test_an_unknown_one_is_refused_by_name(self, desk: Desk, program) -> None:
        answer = program.get(f"{base(desk)}/tickets/", staus="closed")
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["staus"])
        assert "status" in answer.json()["errors"]["staus"][0]
        assert program.get(f"{base(desk)}/tickets/", **{"": "x"}).status_code == 400

    def test_everywhere(self, desk: Desk, as_person) -> None:
        api = as_person(desk.administrator)
        ticket = desk.open_ticket()
        ids = {
            "project": desk.project.pk, "organization": desk.project.organization.pk, "sector": desk.sector.pk,
            "queue": desk.queue.pk, "tag": desk.tags[0].pk, "ticket": ticket.pk, "contact": ticket.contact_id,
        }  # fmt: skip
        from django.urls import NoReverseMatch, reverse

        tried = set()
        for pattern in rest_urls.urlpatterns:
            view: type[RestViewSet] = pattern.callback.cls
            names = set(pattern.pattern.regex.groupindex)
            if not names <= set(ids):
                continue
            for method, action in list(pattern.callback.actions.items()):
                if action not in rules_of(view) or method == "head":
                    continue
                try:
                    path = reverse(f"rest:{pattern.name}", kwargs={name: ids[name] for name in names})
                except NoReverseMatch:
                    continue
                answer = api.call(method.upper(), path.removeprefix("/api/v1"), {}, query={"nonsense": "1"})
                if answer.status_code in {403, 404}:
                    continue
                assert (answer.status_code, [*answer.json().get("errors", ())]) == (400, ["nonsense"]), (path, method)
                tried.add((view, action))
        assert len(tried) > 60
        assert Ticket.objects.get(pk=ticket.pk).is_open

    def test_the_reader_without_right_is_told_that_first(self, desk: Desk, other_desk: Desk, as_person) -> None:
        assert as_person(other_desk.administrator).get(f"{base(desk)}/tickets/", nonsense="1").status_code == 404

    def test_many_are_named_in_short(self, desk: Desk, program) -> None:
        answer = program.get(f"{base(desk)}/tickets/", **{f"{'x' * 500}{n}": "1" for n in range(300)})
        assert answer.status_code == 400
        assert len(answer.content) < 8_000

    def test_the_engines_surface_stays_generous(self, desk: Desk) -> None:
        from tests.flow import FlowEngine, token_for

        engine = FlowEngine(token_for(desk, scopes=[TokenScope.OPEN, TokenScope.READ])[1])
        for path in ("/rooms/", "/sectors/", "/agents/"):
            assert engine.call("GET", f"{path}?staus=closed").status_code == 200, path


class TestFields:
    def test_one_that_would_change_nothing_is_refused_by_name(self, desk: Desk, program) -> None:
        url = f"{base(desk)}/sectors/{desk.sector.pk}"
        answer = program.patch(url, {"ticket_limt": 5, "hours": {"always_open": True}})

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"ticket_limt", "hours"}
        assert "ticket_limit" in answer.json()["errors"]["ticket_limt"][0]

    def test_the_known_ones_are_taken(self, desk: Desk, program) -> None:
        url = f"{base(desk)}/sectors/{desk.sector.pk}"
        assert program.patch(url, {"ticket_limit": 5}).status_code == 200

    @pytest.mark.parametrize("name", ["automatic-messages", "attending"])
    def test_what_was_read_can_be_sent_back(self, desk: Desk, program, name: str) -> None:
        url = f"{base(desk)}/sectors/{desk.sector.pk}/{name}"
        read = program.get(url).json()
        answer = program.patch(url, read)
        assert answer.status_code == 200, answer.content
        assert program.patch(url, {**read, "texts": ""}).json()["errors"].keys() == {"texts"}
