"""What the contact sent, as people and programs see it (docs/desk.md, Files)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.files import storage
from orgs import operations as orgs
from orgs.models import User
from tests.builders import Desk
from tests.tickets import samples
from tests.tickets.desk_tools import Browser
from tickets import operations
from tickets.models import Attachment, FetchState, Ticket
from tickets.operations.messages import HistoryLine, Media
from tickets.webhooks import payloads

pytestmark = pytest.mark.django_db

CHANNEL = "https://files.example.org"
SENT = [
    Media("image/png", f"{CHANNEL}/here.png"),
    Media("audio:ogg", f"{CHANNEL}/voice"),
    Media("document", f"{CHANNEL}/way.pdf"),
    Media("video", f"{CHANNEL}/gone.mp4"),
    Media("image", f"{CHANNEL}/old.jpg"),
    Media("geo", "-23.5505,-46.6333"),
    Media("contact", "Somebody, <b>+55 11 90000-0000</b>"),
    Media("document", "/media/relative.pdf"),
    Media("", ""),
]


@pytest.fixture
def files(ticket: Ticket, folder: Any) -> dict[str, Attachment]:
    """The contact's files, two of them stored; by the last part of their address."""
    message, _new = operations.receive(ticket.pk, "", media=SENT)
    rows = {row.url.rpartition("/")[2]: row for row in message.attachments.all()}
    for key, raw, kind in (("here.png", samples.picture(), "image/png"), ("voice", samples.sound(), "audio/wav")):
        row = rows[key]
        row.file.name = storage.fetched_name(row.pk)
        storage.put(row.file.name, raw)
        row.size, row.stored_type, row.state, row.next_attempt_at = len(raw), kind, FetchState.STORED, None
        if kind == "image/png":
            row.thumbnail.name = storage.thumbnail_name(row.file.name)
            storage.put(row.thumbnail.name, raw)
        row.save()
    Attachment.objects.filter(pk=rows["gone.mp4"].pk).update(
        state=FetchState.FAILED, error="not_found", next_attempt_at=None
    )
    Attachment.objects.filter(pk=rows["old.jpg"].pk).update(state=FetchState.SKIPPED, next_attempt_at=None)
    return rows


def parts(page: str) -> dict[str, str]:
    """Return the HTML of each file on a page, by its id."""
    found = re.split(r'data-attachment="([0-9a-f-]+)"', page)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_each_is_shown_as_what_it_is(desk: Desk, agent: User, ticket: Ticket, files: dict[str, Attachment]) -> None:
    browser = Browser(agent, desk.project)
    past = reverse("reports:ticket", args=[desk.project.pk, ticket.pk])
    for page in (browser.text("lines", ticket), browser.client.get(past).content.decode()):
        shown = parts(page)
        of = {key: shown[str(row.pk)] for key, row in files.items()}
        assert f'src="{browser.url("file_thumbnail", ticket, file=files["here.png"].pk)}"' in of["here.png"]
        assert (
            f'<audio controls preload="metadata" src="{browser.url("file", ticket, file=files["voice"].pk)}"'
            in (of["voice"])
        )
        assert "data-speed-next" in of["voice"]
        for key, state in (("way.pdf", "pending"), ("gone.mp4", "failed"), ("old.jpg", "skipped")):
            assert f'data-media="{state}"' in of[key].split(">", 1)[0]
            assert f'href="{CHANNEL}/{key}" target="_blank" rel="noopener noreferrer"' in of[key]
            again = browser.url("fetch_again", ticket, file=files[key].pk)
            assert (f'action="{again}"' in of[key]) == (state != "pending")
        assert "The channel does not have the file any more." in of["gone.mp4"]
        place = of["-23.5505,-46.6333"]
        assert "-23.5505, -46.6333" in place
        assert 'href="https://www.openstreetmap.org/?mlat=-23.5505&amp;mlon=-46.6333#map' in place
        assert 'rel="noopener noreferrer"' in place
        odd = of["b>"]
        assert "Not supported" in odd
        assert "Somebody, &lt;b&gt;+55 11 90000-0000&lt;/b&gt;" in odd
        assert "/media/relative.pdf" in of["relative.pdf"]
        assert "<form" not in of["relative.pdf"]
        # Nothing is loaded from anywhere else.
        assert not re.search(r'(?:src|data|poster)="https?:', page)
        assert "<iframe" not in page


def test_who_does_not_handle_the_ticket_is_not_offered_to_fetch(desk: Desk, agent: User) -> None:
    """An agent of the queue sees one that waits, and has to take it first."""
    desk.status(agent, "paused", reason="Lunch")
    ticket = desk.open_ticket()
    file = operations.receive(ticket.pk, "", media=SENT[:1])[0].attachments.get()
    Attachment.objects.update(state=FetchState.SKIPPED, next_attempt_at=None)
    browser = Browser(agent, desk.project)
    assert "/fetch/" not in browser.text("lines", ticket)
    assert browser.post("fetch_again", ticket, file=file.pk).status_code == 403
    assert "/fetch/" in Browser(desk.manager(), desk.project).text("lines", ticket)
    operations.take(ticket.pk, by=desk.by(agent))
    assert "/fetch/" in browser.text("lines", ticket)


def test_the_flow_gets_what_it_sent(ticket: Ticket, files: dict[str, Attachment]) -> None:
    """Whatever was stored of it: the words stay, and what has no address has none."""
    shown = payloads.message(files["voice"].message, ticket)
    assert shown["media"] == [{"content_type": m.content_type, "url": m.url} for m in SENT]


def test_one_asks_for_a_file_again(desk: Desk, agent: User, ticket: Ticket, files: dict[str, Attachment]) -> None:
    browser = Browser(agent, desk.project)
    gone = files["gone.mp4"]
    assert browser.post("fetch_again", ticket, file=gone.pk).status_code == 204
    gone.refresh_from_db()
    assert gone.state == FetchState.PENDING
    # Without a script, back to the page it was asked on.
    past = reverse("reports:ticket", args=[desk.project.pk, ticket.pk])
    answer = browser.client.post(
        browser.url("fetch_again", ticket, file=files["old.jpg"].pk), headers={"referer": f"http://testserver{past}"}
    )
    assert (answer.status_code, answer["Location"]) == (302, f"http://testserver{past}")
    assert browser.post("fetch_again", desk.open_ticket(), file=gone.pk).status_code in {403, 404}


def test_a_page_asks_for_the_files_it_waits_for(
    desk: Desk, agent: User, ticket: Ticket, files: dict[str, Attachment]
) -> None:
    browser = Browser(agent, desk.project)
    other = operations.receive(desk.open_ticket().pk, "", media=SENT[:1])[0].attachments.get()
    wanted = [files["here.png"].pk, files["way.pdf"].pk, other.pk, "nonsense"]
    shown = parts(browser.text("files", ticket, of=",".join(map(str, wanted))))
    assert set(shown) == {str(files["here.png"].pk), str(files["way.pdf"].pk)}
    assert parts(browser.text("files", ticket)) == {}


def test_a_stored_one_is_served_as_what_its_bytes_are(
    desk: Desk, agent: User, ticket: Ticket, files: dict[str, Attachment]
) -> None:
    browser = Browser(agent, desk.project)
    answer = browser.get("file", ticket, file=files["voice"].pk)
    assert answer["Content-Type"] == "audio/wav"
    assert b"".join(answer.streaming_content) == samples.sound()
    # One that says it is a picture, and is something unknown, is saved.
    Attachment.objects.filter(pk=files["here.png"].pk).update(stored_type="application/octet-stream")
    answer = browser.get("file", ticket, file=files["here.png"].pk)
    assert answer["Content-Disposition"].startswith("attachment")
    for key in ("way.pdf", "gone.mp4", "-23.5505,-46.6333"):
        assert browser.get("file", ticket, file=files[key].pk).status_code == 404


def test_programs_read_both_addresses_and_the_state(
    desk: Desk, agent: User, ticket: Ticket, files: dict[str, Attachment]
) -> None:
    _token, secret = orgs.create_token("reads", by=desk.by(), scopes=["read"], project=desk.project)
    url = reverse("rest:ticket_lines", args=[desk.project.pk, ticket.pk])
    lines = Client().get(url, headers={"authorization": f"Bearer {secret}"}).json()["results"]
    shown = [one for line in lines for one in line["attachments"]]
    assert [(one["content_type"], one["url"]) for one in shown] == [(m.content_type, m.url) for m in SENT]
    assert [(one["kind"], one["state"], one["error"]) for one in shown] == [
        ("picture", "stored", ""), ("audio", "stored", ""), ("document", "pending", ""),
        ("video", "failed", "not_found"), ("picture", "skipped", ""), ("location", "", ""),
        ("unsupported", "", ""), ("document", "", ""), ("unsupported", "", ""),
    ]  # fmt: skip
    assert [one["location"] for one in shown if one["location"]] == [
        {"latitude": -23.5505, "longitude": -46.6333}
    ]  # fmt: skip
    assert [bool(one["stored_url"]) for one in shown] == [True, True] + [False] * 7
    path = re.sub(r"^https?://[^/]+", "", shown[1]["stored_url"])
    assert Client().get(path)["Content-Type"] == "audio/wav"
    assert shown[1]["stored_type"] == "audio/wav"


def test_the_bot_conversation_shows_them_too(desk: Desk, agent: User, ticket: Ticket) -> None:
    before = ticket.opened_at - timedelta(minutes=5)
    history = [HistoryLine(True, before, "", SENT)]
    operations.add_history(ticket.pk, history)
    assert len(parts(Browser(agent, desk.project).text("lines", ticket))) == len(SENT)
