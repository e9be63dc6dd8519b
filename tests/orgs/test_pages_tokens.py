"""The pages of API tokens, and their endpoints (docs/rules.md, Tokens)."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.pagination import PAGE
from orgs import operations as orgs
from orgs.models import ApiToken, AuditEntry, ProjectRole
from tests.builders import Desk, project_of
from tests.pages import NASTY, Pages, said, text_of

FILLED = {"name": "Importer", "scopes": ["read", "open"], "reach": "", "expiry": "90"}


def secret_on(page: Any) -> str:
    found = re.search(r"wc_[\w-]{40,}", page.content.decode())
    assert found
    return found.group()


def test_a_token_is_made_and_shown_once(desk: Desk, pages: Pages) -> None:
    answer = pages.post("orgs:project_token_new", **FILLED, once=str(uuid4()))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    secret = secret_on(answer)
    token = orgs.find_token(secret)
    assert token is not None
    assert (token.name, token.scopes, token.project) == ("Importer", ["open", "read"], desk.project)
    assert token.expires_at is not None
    assert timedelta(days=89) < token.expires_at - timezone.now() < timedelta(days=91)
    # Nowhere else: not on the list, not in the session, not in the log.
    listed = pages.get("orgs:project_tokens")
    assert "Importer" in text_of(listed)
    assert token.hint in text_of(listed)
    assert secret not in listed.content.decode()
    assert secret not in str(dict(pages.client.session))
    assert secret not in str(list(AuditEntry.objects.values()))
    assert desk.administrator.name in text_of(listed)


def test_a_form_sent_twice_makes_one_token(pages: Pages) -> None:
    data = {**FILLED, "once": str(uuid4())}
    pages.post("orgs:project_token_new", **data)
    again = pages.post("orgs:project_token_new", **data)
    assert again.status_code == 302
    assert "made already" in said(again)[-1]
    assert ApiToken.objects.count() == 1


def test_a_token_of_one_sector(desk: Desk, pages: Pages, other_desk: Desk) -> None:
    pages.post("orgs:project_token_new", **{**FILLED, "reach": str(desk.sector.pk)})
    assert ApiToken.objects.get().sector_id == desk.sector.pk
    assert desk.sector.name in text_of(pages.get("orgs:project_tokens"))
    for foreign in (other_desk.sector.pk, uuid4()):
        assert pages.post("orgs:project_token_new", **{**FILLED, "reach": str(foreign)}).status_code == 422
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(("choice", "days"), [("30", 30), ("90", 90), ("365", 365), ("never", None)])
def test_ways_to_expire(pages: Pages, choice: str, days: int | None) -> None:
    pages.post("orgs:project_token_new", **{**FILLED, "expiry": choice})
    expires_at = ApiToken.objects.get().expires_at
    if days is None:
        assert expires_at is None
    else:
        assert expires_at is not None
        assert abs(expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_the_last_day_is_whole_in_the_readers_zone(pages: Pages) -> None:
    pages.client.cookies["zone"] = "Asia/Tokyo"
    pages.post("orgs:project_token_new", **{**FILLED, "expiry": "date", "day": "2099-03-01"})
    assert ApiToken.objects.get().expires_at == datetime(2099, 3, 2, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize("day", ["", "2020-01-01", "2101-01-01", "x", "9999-12-31", "\x00"])
def test_a_day_that_is_none_is_refused_and_nothing_is_lost(pages: Pages, day: str) -> None:
    answer = pages.post("orgs:project_token_new", **{**FILLED, "expiry": "date", "day": day})
    assert answer.status_code == 422
    assert answer.context["form"].errors["day"]
    assert 'value="Importer"' in answer.content.decode()
    assert 'value="read" checked' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_nonsense_makes_no_token(pages: Pages) -> None:
    for field in FILLED:
        for value in NASTY:
            answer = pages.post("orgs:project_token_new", **{**FILLED, field: value})
            assert answer.status_code in {200, 422}, (field, value[:20])
    assert pages.post("orgs:project_token_new").status_code == 422
    assert pages.post("orgs:project_token_new", **FILLED, once="x").status_code == 422
    for query in NASTY:
        for name in ("before", "after", "ended_before", "ended_after"):
            assert pages.get("orgs:project_tokens", **{name: query}).status_code in {200, 302}


def test_revoking_is_at_once_and_stays_visible(desk: Desk, pages: Pages, other_desk: Desk) -> None:
    secret = secret_on(pages.post("orgs:project_token_new", **FILLED))
    token = ApiToken.objects.get()
    assert pages.post("orgs:project_token_revoke", token.pk).status_code == 302
    assert orgs.find_token(secret) is None
    page = pages.get("orgs:project_tokens")
    assert "No token works here" in text_of(page)
    assert "revoked" in text_of(page)
    foreign, _secret = orgs.create_token("X", by=other_desk.by(), scopes=["read"], project=other_desk.project)
    for pk in (foreign.pk, uuid4()):
        assert pages.post("orgs:project_token_revoke", pk).status_code == 404


def test_an_expired_one_is_under_the_fold(desk: Desk, pages: Pages) -> None:
    soon = timezone.now() + timedelta(hours=1)
    orgs.create_token("Short", by=desk.by(), scopes=["read"], project=desk.project, expires_at=soon)
    assert not pages.get("orgs:project_tokens").context["ended"]
    with time_machine.travel(soon + timedelta(seconds=1)):
        page = Pages(desk.administrator, desk.project).get("orgs:project_tokens")
        assert [t.name for t in page.context["ended"]] == ["Short"]
        assert "expired" in text_of(page)


def test_the_list_goes_on_at_the_same_cost(desk: Desk, pages: Pages) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("orgs:project_tokens").status_code == 200
        return len(queries)

    def make() -> None:
        orgs.create_token("One", by=desk.by(), scopes=["read"], project=desk.project, sector_id=desk.sector.pk)

    make()
    cost()
    few = cost()
    for _n in range(PAGE + 2):
        make()
    assert cost() == few
    first = pages.get("orgs:project_tokens")
    rest = pages.client.get(pages.url("orgs:project_tokens") + first.context["older_url"])
    assert (len(first.context["tokens"]), len(rest.context["tokens"])) == (PAGE, 3)
    assert not {t.pk for t in first.context["tokens"]} & {t.pk for t in rest.context["tokens"]}


def test_the_organizations_page(desk: Desk, other_desk: Desk) -> None:
    organization = desk.project.organization
    beside = project_of(organization, "Beside")
    orgs.create_token("Of the desk", by=desk.by(), scopes=["read"], project=desk.project)
    client = Client()
    client.force_login(desk.administrator)
    new = reverse("orgs:organization_token_new", args=[organization.pk])
    wide = orgs.find_token(secret_on(client.post(new, {**FILLED, "name": "Wide"})))
    assert wide is not None
    assert (wide.organization, wide.project) == (organization, None)
    narrow = orgs.find_token(secret_on(client.post(new, {**FILLED, "name": "Narrow", "reach": str(beside.pk)})))
    assert narrow is not None
    assert narrow.project == beside
    assert client.post(new, {**FILLED, "reach": str(other_desk.project.pk)}).status_code == 422
    page = client.get(reverse("orgs:organization_tokens", args=[organization.pk]))
    assert {t.name for t in page.context["tokens"]} == {"Of the desk", "Wide", "Narrow"}
    assert "Beside" in text_of(page)
    revoke = reverse("orgs:organization_token_revoke", args=[organization.pk, narrow.pk])
    assert client.post(revoke).status_code == 302
    narrow.refresh_from_db()
    assert narrow.revoked_at
    # A Moderator of the project sees that project's alone.
    moderator = Pages(desk.person(ProjectRole.MODERATOR), desk.project)
    assert {t.name for t in moderator.get("orgs:project_tokens").context["tokens"]} == {"Of the desk"}
    assert moderator.post("orgs:project_token_revoke", wide.pk).status_code == 404


# Over the API


def call(desk: Desk, secret: str, method: str, name: str, *more: Any, data: Any = None) -> Any:
    place = desk.project.organization_id if name.startswith("organization") else desk.project.pk
    url = reverse(f"rest:{name}", args=[place, *more])
    headers = {"authorization": f"Bearer {secret}"}
    if method == "get":
        return Client().get(url, data, headers=headers)
    return Client().post(url, data or {}, content_type="application/json", headers=headers)


@pytest.fixture
def office(desk: Desk) -> str:
    """The secret of a token that administers the organization."""
    return orgs.create_token("Office", by=desk.by(), scopes=["administer"], organization=desk.project.organization)[1]


def test_a_token_over_the_api(desk: Desk, office: str) -> None:
    made = call(desk, office, "post", "project_tokens", data={"name": "New", "scopes": ["read"]})
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    body = made.json()
    assert orgs.find_token(body["secret"]) is not None
    assert (body["made_by"], body["usable"], body["project"]) == ("Office", True, str(desk.project.pk))
    listed = call(desk, office, "get", "project_tokens").json()["results"]
    assert [row["id"] for row in listed] == [body["id"]]
    assert "secret" not in listed[0]
    revoked = call(desk, office, "post", "project_token_revoke", body["id"])
    assert revoked.json()["usable"] is False
    assert call(desk, body["secret"], "get", "project_tokens").json()["code"] == "token_revoked"
    assert [
        r["id"] for r in call(desk, office, "get", "project_tokens", data={"ended": "true"}).json()["results"]
    ] == [body["id"]]
    entry = AuditEntry.objects.get(action="token.revoked")
    assert (entry.actor_name, entry.actor_id) == ("Office", None)
    assert entry.token_id == ApiToken.objects.get(name="Office").pk


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "invalid"),
        ({"name": "x", "scopes": []}, "invalid"),
        ({"name": "x", "scopes": ["everything"]}, "invalid"),
        ({"name": "x", "scopes": "read"}, "invalid"),
        ({"name": "", "scopes": ["read"]}, "invalid"),
        ({"name": "x" * 1_000_000, "scopes": ["read"]}, "invalid"),
        ({"name": "\x00", "scopes": ["read"]}, "invalid"),
        ({"name": "x", "scopes": ["read"], "expires_at": "soon"}, "invalid"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "invalid"),
        ({"name": "x", "scopes": ["read"], "sector": "x"}, "invalid"),
        ({"name": "x", "scopes": ["read"], "sector": str(uuid4())}, "foreign_sector"),
        ({"name": "x", "scopes": ["open"]}, "scope_beyond_own"),
        (["x"], "invalid"),
    ],
)
def test_nonsense_over_the_api(desk: Desk, office: str, data: Any, code: str) -> None:
    answer = call(desk, office, "post", "project_tokens", data=data)
    assert answer.status_code in {400, 413}
    assert answer.json()["code"] in {code, "too_large", "name_required"}
    assert ApiToken.objects.count() == 1


def test_an_organizations_tokens_over_the_api(desk: Desk, office: str, other_desk: Desk) -> None:
    wide = call(desk, office, "post", "organization_tokens", data={"name": "Wide", "scopes": ["read"]}).json()
    assert wide["project"] is None
    foreign = {"name": "X", "scopes": ["read"], "project": str(other_desk.project.pk)}
    assert call(desk, office, "post", "organization_tokens", data=foreign).json()["code"] == "not_found"
    reads = call(desk, wide["secret"], "get", "organization_tokens")
    assert (reads.status_code, reads.json()["code"]) == (403, "scope_required")
    assert call(other_desk, office, "get", "organization_tokens").status_code == 404


def test_the_log_over_the_api(desk: Desk, office: str) -> None:
    desk.add_queue("Ours")
    rows = call(desk, office, "get", "project_audit", data={"thing": "Ours"}).json()["results"]
    assert [(r["action"], r["target"]["name"]) for r in rows] == [("queue.created", "Ours")]
    assert rows[0]["sentence"].startswith("Created the queue Ours")
    whole = call(desk, office, "get", "organization_audit", data={"limit": 2}).json()
    assert len(whole["results"]) == 2
    assert whole["next"]
    for name, value in (("from", "x"), ("to", "9999-99-99"), ("what", "x"), ("zone", "x"), ("cursor", "x")):
        refused = call(desk, office, "get", "project_audit", data={name: value})
        assert refused.status_code == 400, name
        assert name in refused.json()["errors"]
