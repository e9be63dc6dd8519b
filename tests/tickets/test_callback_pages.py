"""The pages on which administrators look after callbacks (docs/rules.md, Delivery)."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orgs.models import AuditEntry, User
from tests.builders import Desk
from tests.pages import NASTY, Pages, said, text_of
from tests.receiver import Receiver
from tests.refusals import refused
from tickets import operations
from tickets.models import Delivery, Held, HostCircuit, HostPause, Message, Ticket
from tickets.webhooks.hosts import host_of
from tickets.webhooks.signing import secrets_of

from .tools import opened, pass_time, retry, run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("callbacks_allowed")]
ELSEWHERE = "https://elsewhere.example.org/callback"


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=50)


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk.administrator, desk.project)


def failed_one(desk: Desk, agent: User, receiver: Receiver, text: str = "An answer") -> Message:
    """Let an answer fail at once."""
    receiver.answers = lambda _r, _h: 413
    message = desk.reply(opened(desk, receiver), agent, text)
    run_worker()
    receiver.answers = lambda _r, _h: 200
    return message


def listed(pages: Pages, **query: Any) -> list[str]:
    """The states of the callbacks that the log lists."""
    response = pages.get("tickets:callbacks", **query)
    assert response.status_code == 200, text_of(response)
    return [row.state for row, _reason in response.context["rows"]]


def test_the_log_is_filtered(desk: Desk, agent: User, receiver: Receiver, pages: Pages) -> None:
    assert "Nothing has been sent yet" in text_of(pages.get("tickets:callbacks"))
    failed_one(desk, agent, receiver)
    desk.reply(opened(desk, receiver), agent)
    run_worker()
    desk.reply(desk.open_ticket(callback_url=ELSEWHERE), agent)
    Delivery.objects.filter(state="sent").update(created_at=timezone.now() - timedelta(days=40))
    assert listed(pages) == ["sending", "failed", "sent"], "newest first"
    assert listed(pages, state="failed") == ["failed"]
    assert listed(pages, host="elsewhere.example.org") == ["sending"]
    last_month = (timezone.now() - timedelta(days=30)).date().isoformat()
    assert listed(pages, to=last_month) == ["sent"]
    assert listed(pages, **{"from": last_month}) == ["sending", "failed"]
    page = text_of(pages.get("tickets:callbacks"))
    assert "The flow refused it (413: too large)" in page
    assert "1 of these has failed." in page
    for word in NASTY:
        for name in ("state", "host", "from", "to", "zone", "before", "after"):
            assert pages.get("tickets:callbacks", **{name: word}).status_code in {200, 422}


def test_the_log_goes_on_and_costs_the_same_however_long_it_is(
    desk: Desk, agent: User, receiver: Receiver, pages: Pages
) -> None:
    failed_one(desk, agent, receiver)
    with CaptureQueriesContext(connection) as few:
        pages.get("tickets:callbacks")
    one = Delivery.objects.get()
    Delivery.objects.bulk_create(
        Delivery(project=one.project, ticket=one.ticket, kind="room.update", number=n, host=one.host, state="failed")
        for n in range(100, 260)
    )
    with CaptureQueriesContext(connection) as many:
        first = pages.get("tickets:callbacks")
    assert len(many) == len(few)
    seen = [row.pk for row, _reason in first.context["rows"]]
    while url := first.context["older_url"]:
        first = pages.client.get(pages.url("tickets:callbacks") + url)
        seen += [row.pk for row, _reason in first.context["rows"]]
    assert len(seen) == len(set(seen)) == 161
    # There is no line of a conversation for them.
    Delivery.objects.filter(message=None).delete()


def test_one_callback_is_shown_with_its_answer_and_sent_again(
    desk: Desk, agent: User, receiver: Receiver, pages: Pages
) -> None:
    message = failed_one(desk, agent, receiver, "Good morning")
    row = message.deliveries.get()
    Delivery.objects.update(answer="<b>too much</b>")
    page = pages.get("tickets:callback", row.pk)
    for words in ("Good morning", "&lt;b&gt;too much&lt;/b&gt;", "The flow refused it (413: too large)", str(row.pk)):
        assert words in page.content.decode()
    again = pages.post("tickets:callback_again", row.pk)
    assert said(again) == ["It is being sent again."]
    pages.post("tickets:callback_again", row.pk)
    run_worker()
    assert receiver.texts == ["Good morning"] * 2
    message.refresh_from_db()
    assert message.delivery == "sent"


def test_nothing_is_shown_that_opens_something_or_names_an_anonymous_contact(
    desk: Desk, agent: User, receiver: Receiver, pages: Pages
) -> None:
    ticket = opened(desk, receiver)
    upload = operations.add_file(ticket.pk, BytesIO(b"text"), "a.txt", by=desk.by(agent))
    message = desk.reply(ticket, agent, files=[upload.pk])
    desk.close(ticket, by=agent)
    first, _text, update = Delivery.objects.all()
    payload = pages.get("tickets:callback", first.pk).context["payload"]
    assert '"url": "…"' in payload
    payload = pages.get("tickets:callback", update.pk).context["payload"]
    assert '"callback_url": "…"' in payload
    assert ticket.contact.external_id in payload
    Ticket.objects.filter(pk=ticket.pk).update(is_anon=True)
    payload = pages.get("tickets:callback", update.pk).context["payload"]
    for word in (ticket.contact.external_id, ticket.contact.name):
        assert word not in payload
    assert message.deliveries.count() == 2


def test_all_that_has_failed_is_sent_again(desk: Desk, agent: User, receiver: Receiver, pages: Pages) -> None:
    for n in range(3):
        failed_one(desk, agent, receiver, f"{n}")
    Delivery.objects.filter(message__text="0").update(created_at=timezone.now() - timedelta(days=40))
    last_month = (timezone.now() - timedelta(days=30)).date().isoformat()
    receiver.answers = lambda r, _h: 413 if r.text == "2" else 200
    done = pages.post("tickets:callbacks_again", query=f"from={last_month}")
    assert said(done) == ["2 callbacks are being sent again."]
    run_worker()
    run_worker()
    states = Delivery.objects.order_by("message__text").values_list("state", flat=True)
    assert [*states] == ["failed", "sent", "failed"]
    assert receiver.texts == ["0", "1", "2", "1", "2"], "what fails again is not sent for ever"
    [entry] = AuditEntry.objects.filter(action="callbacks.sent_again")
    assert (entry.after["count"], entry.after["from"]) == (2, last_month)
    nothing = pages.post("tickets:callbacks_again", query="host=nowhere.example.org")
    assert nothing.status_code in {302, 422}


def test_what_tells_a_former_address_is_no_closing(desk: Desk, pages: Pages) -> None:
    for address in (ELSEWHERE, "https://new.example.org/callback"):
        desk.open_ticket("ana", callback_url=address)
    page = text_of(pages.get("tickets:callbacks"))
    assert "Ticket continues at another address" in page
    assert "Closing" not in page


def test_a_paused_host_waits_and_nothing_is_lost(desk: Desk, agent: User, receiver: Receiver, pages: Pages) -> None:
    ticket = opened(desk, receiver)
    host = host_of(receiver.url)
    desk.reply(ticket, agent, "before")
    run_worker()
    assert said(pages.post("tickets:callbacks_pause", host=host, paused="1")) == [
        f"Callbacks to {host} wait from now on."
    ]
    pages.post("tickets:callbacks_pause", host=host, paused="1")
    for text in ("A", "B"):
        desk.reply(ticket, agent, text)
    other = Desk.set_up()
    other.reply(opened(other, receiver), other.agent_online(), "of another project")
    run_worker()
    pass_time(hours=30)
    retry()
    assert receiver.texts == ["before", "of another project"]
    assert Delivery.objects.filter(held=Held.PAUSE).count() == 1
    page = text_of(pages.get("tickets:callbacks"))
    assert f"by {desk.administrator.name}" in page
    assert "2 waiting" in page
    assert "Messages to the flow are paused" in page
    pages.post("tickets:callbacks_pause", host=host, paused="0")
    retry()
    assert receiver.texts[-2:] == ["A", "B"]
    actions = (
        AuditEntry.objects.filter(action__startswith="callbacks.").order_by("at").values_list("action", flat=True)
    )
    assert [*actions] == ["callbacks.paused", "callbacks.resumed"]


def test_what_waits_for_a_paused_host_follows_the_room_to_another(
    desk: Desk, agent: User, receiver: Receiver
) -> None:
    ticket = desk.open_ticket(callback_url=ELSEWHERE)
    HostPause.objects.create(project=desk.project, host="elsewhere.example.org", by=desk.administrator)
    desk.reply(ticket, agent, "A")
    run_worker()
    assert Delivery.objects.get().held == Held.PAUSE
    operations.update_ticket(ticket, callback_url=receiver.url)
    run_worker()
    assert receiver.texts == ["A"]


def test_only_hosts_of_the_project_are_paused(desk: Desk, pages: Pages) -> None:
    with refused("invalid"):
        operations.pause_host(desk.project, "elsewhere.example.org", by=desk.by())
    assert pages.post("tickets:callbacks_pause", host="x" * 5000, paused="1").status_code in {302, 422}
    assert not HostPause.objects.exists()


def test_a_host_that_does_not_answer_is_named(desk: Desk, agent: User, pages: Pages) -> None:
    desk.reply(desk.open_ticket(callback_url=ELSEWHERE), agent)
    now = timezone.now()
    HostCircuit.objects.create(host="elsewhere.example.org", failures=5, opened_at=now, probe_at=now)
    assert "Does not answer" in text_of(pages.get("tickets:callbacks"))
    assert "Callbacks" in text_of(pages.get("setup:connect"))


def test_the_signing_secret_is_shown_and_rotated(desk: Desk, pages: Pages) -> None:
    [old] = secrets_of(desk.project.pk, timezone.now())
    shown = pages.get("tickets:callbacks_secret")
    assert old.standard in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert "stays valid for a day" in said(pages.post("tickets:callbacks_secret"))[0]
    new, _old = secrets_of(desk.project.pk, timezone.now())
    page = pages.get("tickets:callbacks_secret").content.decode()
    assert new.standard in page
    assert old.standard in page
    assert AuditEntry.objects.filter(action="callbacks.secret_rotated").count() == 1
    operations.rotate_signing_secret(desk.project, by=desk.by())
    assert [secret.text for secret in secrets_of(desk.project.pk, timezone.now())][1] == new.text
