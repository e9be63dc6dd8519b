"""Whatever a flow sends, it is taken, and everything that shows or sends its ticket works (docs/rules.md, Intake)."""

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orgs.models import TokenScope
from tests.builders import Desk
from tests.flow import engine_for, token_for
from tickets.models import Delivery, Message, Ticket
from tickets.webhooks import payloads

#: More on demand (docs/testing.md); those of the suite are the same in every run.
LONG = int(os.environ.get("INTAKE_EXAMPLES", "0"))
ZONES = ["Pacific/Pago_Pago", "America/Sao_Paulo", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"]

texts = st.text(max_size=60) | st.sampled_from(
    ["\x00", "\ud800", "é" * 70_000, "x" * 300, "=1+1", "<script>alert(1)</script>", "{{contact.name}}", "\u202eabc",
     "🙂", "a\r\nb", "\u2028", "%s %d", "../../x", "javascript:alert(1)", "-23.55,-46.63", "999,999",
     "https://x.example/a b", "https://x.example/a%00%2F%E2%80%AEb.jpg"]
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
times = st.sampled_from(
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "2000-01-01T00:00:00+14:00",
     "2026-11-29T15:00:00.123456789Z", "2026-11-29T15:00:00-03:00", "2038-01-19T03:14:08Z", "now", ""]
) | anything  # fmt: skip
kinds = st.sampled_from(
    ["image", "image:", "image/jpeg", "audio:ogg", "audio/ogg", "video", "video/mp4", "document", "application/pdf",
     "geo", "geo:", "unavailable", "text/vcard", ""]
)  # fmt: skip
files = st.fixed_dictionaries({}, optional={"content_type": kinds | anything, "url": texts | anything})
attachments = st.lists(files, max_size=3) | anything


@st.composite
def saying(draw: Any) -> dict[str, Any]:
    """A message that says something, with the rest of any kind."""
    return {
        "text": "x" + draw(texts),
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "direction": st.sampled_from(["incoming", "outgoing"]) | anything,
                    "created_on": times,
                    "attachments": attachments,
                    "metadata": anything,
                    "external_id": texts | anything,
                },
            )
        ),
    }


contacts = st.fixed_dictionaries(
    {"external_id": texts.map(lambda text: f"c{text}")},
    optional={
        **dict.fromkeys(["name", "email", "phone"], texts | anything),
        "urn": texts.map(lambda text: f"whatsapp:5511{text}?auth=secret#{text}") | anything,
        "custom_fields": st.dictionaries(texts, anything, max_size=4) | anything,
        "groups": st.lists(st.fixed_dictionaries({"uuid": texts, "name": anything}) | anything, max_size=3)
        | anything,
    },
)
rooms = st.fixed_dictionaries(
    {"contact": contacts},
    optional={
        **dict.fromkeys(["ticket_uuid", "user_email", "flow_uuid", "protocol", "callback_url"], texts | anything),
        "custom_fields": st.dictionaries(texts, anything, max_size=4) | anything,
        "is_anon": anything,
        "history": st.lists(saying() | anything, max_size=4) | anything,
        "created_on": times,
        "project_info": anything,
    },
)
bodies = st.fixed_dictionaries(
    {
        "room": rooms,
        "messages": st.lists(saying(), min_size=1, max_size=3),
        "history": st.lists(saying() | anything, max_size=4),
        "zone": st.sampled_from(ZONES),
    }
)


def as_json(value: Any) -> bytes:
    """JSON as a careless program writes it: lone surrogates, and numbers that are none."""
    return json.dumps(value).encode()


def look_at_all(desk: Desk, ticket: Ticket, browser: Client, reader: Client) -> None:
    """Open every page, export and answer that shows the ticket."""
    project = f"/projects/{desk.project.pk}"
    rest = f"/api/v1/projects/{desk.project.pk}/tickets"
    for path in (
        f"{project}/desk/{ticket.pk}/", f"{project}/desk/{ticket.pk}/panes/", f"{project}/desk/{ticket.pk}/lines/",
        f"{project}/desk/worklist/", f"{project}/lines/", f"{project}/lines/?state=active", f"{project}/history/",
        f"{project}/history/?contact=x", f"{project}/history/export.csv", f"{project}/find/?q=x",
    ):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 200, path
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"auth=secret" not in body, path
        assert b'href="javascript:' not in body, path
    for path in ("/", f"/{ticket.pk}/", f"/{ticket.pk}/lines/", f"/{ticket.pk}/history/"):
        answer = reader.get(rest + path)
        assert answer.status_code == 200, path
        assert b"auth=secret" not in answer.content


@pytest.mark.django_db
@given(body=bodies)
@settings(
    max_examples=LONG or 15,
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate] if not LONG else tuple(Phase),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_it_is_taken_and_shown(desk: Desk, body: dict[str, Any]) -> None:
    flow = engine_for(desk)
    agent = desk.agent_online(limit=99)
    type(desk.sector).objects.filter(pk=desk.sector.pk).update(timezone=body["zone"])
    opened = flow.call("POST", "/rooms/", raw=as_json({**body["room"], "sector_uuid": str(desk.sector.pk)}))
    assert opened.status_code in {200, 201}, opened.content
    room = opened.json()["uuid"]
    for said in body["messages"]:
        answer = flow.call("POST", "/msgs/", raw=as_json({**said, "room": room}))
        assert answer.status_code in {200, 201}, answer.content
    answer = flow.call("POST", f"/rooms/{room}/history/", raw=as_json(body["history"]))
    assert answer.status_code == 201, answer.content

    ticket = Ticket.objects.for_lists().get(pk=room)
    browser, reader = Client(), Client()
    browser.force_login(desk.administrator)
    secret = token_for(desk, scopes=[TokenScope.READ])[1]
    reader.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    look_at_all(desk, ticket, browser, reader)
    if ticket.agent == agent:
        desk.reply(ticket, agent)
    desk.close(ticket)
    page = browser.get(f"/projects/{desk.project.pk}/history/{ticket.pk}/")
    assert page.status_code == 200
    for row in Message.objects.filter(ticket=ticket).select_related("user").prefetch_related("attachments"):
        json.dumps(payloads.message(row, ticket)).encode()
    json.dumps(payloads.room(ticket, None)).encode()
    for delivery in Delivery.objects.filter(ticket=ticket):
        json.dumps(payloads.room(ticket, None) if not delivery.message_id else payloads.part(delivery, ticket))
