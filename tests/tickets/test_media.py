"""Files of a channel are fetched over real HTTP by the real worker, and stored (docs/rules.md, Files)."""

import asyncio
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.utils import timezone

from core.errors import NotAllowed
from core.files import storage
from orgs.models import User
from tests.builders import Desk
from tests.channel import Channel, file, status
from tests.receiver import in_thread
from tests.tickets import samples
from tests.tickets.tools import run_worker
from tickets import operations
from tickets.files import fetching
from tickets.jobs import fetch_media_due
from tickets.models import Attachment, FetchError, FetchState, Message, Ticket
from tickets.operations.messages import HistoryLine, Media

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def kept(folder: Path, settings: Any) -> Path:
    settings.MEDIA_MAX_BYTES = 300_000
    return folder


def said(ticket: Ticket, *media: tuple[str, str]) -> list[Attachment]:
    """Let the contact send these (content type, URL); return what is stored of each."""
    message, _new = operations.receive(ticket.pk, "", media=[Media(*one) for one in media])
    return list(message.attachments.all())


def fetched(row: Attachment) -> Attachment:
    row.refresh_from_db()
    return row


def states(rows: list[Attachment]) -> list[tuple[str, str]]:
    return [(fetched(row).state, row.error) for row in rows]


def due_now() -> None:
    """Let the pause before the next attempt pass, and the worker find what is due."""
    Attachment.objects.filter(state=FetchState.PENDING).update(next_attempt_at=timezone.now())
    fetch_media_due(0)
    run_worker()


def left(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_files_are_fetched_and_stored(ticket: Ticket, channel: Channel, kept: Path) -> None:
    photo = samples.picture("JPEG", (900, 600))
    channel.files = {
        "/a/photo?id=1": file(photo, Content_Type="application/octet-stream"),
        "/voice": file(samples.ogg(b"OpusHead"), Content_Disposition='inline; filename="recado.ogg"'),
        "/film.mp4": file(samples.movie(b"isom", b"vide")),
        "/lei%20aut.pdf": file(samples.PDF, length=0),
    }
    rows = said(
        ticket, ("image", channel.url("/a/photo?id=1")), ("audio:ogg", channel.url("/voice")),
        ("video/mp4", channel.url("/film.mp4")), ("", channel.url("/lei aut.pdf")),
    )  # fmt: skip
    assert [row.state for row in rows] == [FetchState.PENDING] * 4
    assert [row.name for row in rows] == ["photo", "voice", "film.mp4", "lei aut.pdf"]
    run_worker()
    assert [(fetched(row).state, row.stored_type, row.name) for row in rows] == [
        ("stored", "image/jpeg", "photo.jpg"),
        ("stored", "audio/ogg", "recado.ogg"),
        ("stored", "video/mp4", "film.mp4"),
        ("stored", "application/pdf", "lei aut.pdf"),
    ]
    # What the channel said stays as it came.
    assert [row.content_type for row in rows] == ["image", "audio:ogg", "video/mp4", ""]
    picture = rows[0]
    assert (picture.size, picture.width, picture.height) == (len(photo), 900, 600)
    with default_storage.open(picture.file.name) as stored, default_storage.open(picture.thumbnail.name) as small:
        assert stored.read() == photo
        assert small.read(4) == b"RIFF"
    assert len(left(kept)) == 5
    headers = channel.asked[0][1]
    assert headers["host"] == f"127.0.0.1:{channel.server_port}"
    assert headers["accept-encoding"] == "identity"


def test_what_can_not_be_fetched_is_kept_as_it_came(ticket: Ticket, channel: Channel) -> None:
    sent = [("geo", "-23.5505,-46.6333"), ("image", "/media/a b.jpg"), ("unavailable", ""), ("", "")]
    rows = said(ticket, *sent)
    assert [(row.content_type, row.url) for row in rows] == sent
    assert {(row.state, row.name) for row in rows} == {("", "")}
    fetch_media_due(0)
    run_worker()
    assert states(rows) == [("", "")] * 4


def test_the_files_of_the_bot_conversation_are_fetched_too(ticket: Ticket, channel: Channel) -> None:
    channel.files["/a.png"] = file(samples.picture("PNG", (10, 10)))
    before = ticket.opened_at - timedelta(minutes=5)
    history = [HistoryLine(True, before, "See", [Media("image/png", channel.url("/a.png"))])]
    operations.add_history(ticket.pk, history)
    run_worker()
    assert Attachment.objects.get().state == FetchState.STORED


FINAL = {
    "/gone": (status(410), FetchError.NOT_FOUND),
    "/nothing": (status(404), FetchError.NOT_FOUND),
    "/secret": (status(403), FetchError.REFUSED),
    "/lost": (status(302), FetchError.REFUSED),
    "/large": (file(b"x" * 300_001), FetchError.TOO_LARGE),
    "/endless": (file(b"x" * 400_000, length=0), FetchError.TOO_LARGE),
    "/lies": (file(b"x" * 400_000, length=10**12), FetchError.TOO_LARGE),
    "/sign-in": (file(samples.HTML, Content_Type="image/jpeg"), FetchError.WRONG_TYPE),
    "/zipped": (file(b"\x1f\x8b", Content_Encoding="gzip"), FetchError.REFUSED),
    "/inside": (status(302, Location="http://10.1.2.3/a.jpg"), FetchError.NOT_ALLOWED),
    "/metadata": (status(307, Location="http://169.254.169.254/latest/"), FetchError.NOT_ALLOWED),
    "/local": (status(302, Location="file:///etc/passwd"), FetchError.REFUSED),
    "/round": (status(302, Location="/round"), FetchError.REFUSED),
}  # fmt: skip


def test_what_can_not_become_better_fails_at_once_and_says_why(ticket: Ticket, channel: Channel, kept: Path) -> None:
    channel.files = {path: answer for path, (answer, _error) in FINAL.items()}
    rows = said(ticket, *(("image/jpeg", channel.url(path)) for path in FINAL))
    private = said(ticket, ("image/jpeg", channel.url("/a.jpg", "localhost")), ("image", "http://exa mple.org/"))
    run_worker()
    assert dict(zip(FINAL, states(rows), strict=True)) == {
        path: ("failed", error) for path, (_answer, error) in FINAL.items()
    }
    assert states(private)[0] == ("failed", FetchError.NOT_ALLOWED)
    assert {row.attempts for row in rows} == {1}
    # Four times at most for the one that leads to itself, and not once where nobody may go.
    assert len([path for path, _headers in channel.asked if path == "/round"]) == 4
    assert left(kept) == []


def test_redirects_are_followed_and_a_page_may_be_a_document(ticket: Ticket, channel: Channel) -> None:
    channel.files = {
        "/a": status(302, Location="/b"),
        "/b": status(307, Location=channel.url("/c")),
        "/c": file(samples.PDF),
        "/page": file(samples.HTML),
        "/odd": file(b"\0\1\2"),
        "/broken.png": file(samples.picture()[:60]),
        "/wide.png": file(samples.bomb()),
    }
    rows = said(ticket, *(("document", channel.url(path)) for path in channel.files))
    run_worker()
    assert {fetched(row).name: row.stored_type for row in rows} == {
        "a.pdf": "application/pdf", "b.pdf": "application/pdf", "c.pdf": "application/pdf",
        "page": "application/octet-stream", "odd": "application/octet-stream",
        "broken.png": "application/octet-stream", "wide.png": "image/png",
    }  # fmt: skip
    assert {row.thumbnail.name for row in rows} == {""}


def test_what_may_pass_is_tried_again_with_growing_pauses(
    ticket: Ticket, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.files.download.PATIENCE", 0.5)
    channel.files = {
        "/busy": status(503), "/many": status(429), "/empty": file(b"", length=0),
        "/slow": file(b"x" * 100, pause=1), "/short": file(b"x" * 100, length=200),
    }  # fmt: skip
    rows = said(ticket, *(("image", channel.url(path)) for path in channel.files), ("image", "http://127.0.0.1:9/a"))
    [refused] = rows[5:]
    Attachment.objects.filter(pk=refused.pk).update(url=channel.url("/busy"))
    pauses = []
    run_worker()
    for _attempt in range(5):
        assert {fetched(row).state for row in rows} == {FetchState.PENDING}
        pauses.append(min(row.next_attempt_at or timezone.now() for row in rows) - timezone.now())
        due_now()
    assert pauses == sorted(pauses)
    assert pauses[-1] > timedelta(hours=1)
    assert dict(zip(channel.files, states(rows), strict=False)) == {
        "/busy": ("failed", "server_error"), "/many": ("failed", "server_error"), "/empty": ("failed", "empty"),
        "/slow": ("failed", "unreachable"), "/short": ("failed", "unreachable"),
    }  # fmt: skip
    # No further attempt.
    asked = len(channel.asked)
    due_now()
    assert len(channel.asked) == asked


def test_a_file_that_comes_late_is_stored(ticket: Ticket, channel: Channel) -> None:
    channel.files["/a.pdf"] = status(500)
    [row] = said(ticket, ("document", channel.url("/a.pdf")))
    run_worker()
    channel.files["/a.pdf"] = file(samples.PDF)
    due_now()
    assert (fetched(row).state, row.attempts) == (FetchState.STORED, 2)


def test_nothing_is_lost_with_the_worker(ticket: Ticket, channel: Channel, kept: Path) -> None:
    """A worker that dies leaves a lease that ends, and what it had written is overwritten."""
    channel.files["/a.pdf"] = file(samples.PDF)
    [row] = said(ticket, ("document", channel.url("/a.pdf")))
    claim = fetching.claim_next()
    assert claim is not None
    storage.put(storage.fetched_name(row.pk), b"half")
    fetch_media_due(0)
    run_worker()
    assert fetched(row).state == FetchState.PENDING
    due_now()
    assert (fetched(row).state, row.size) == (FetchState.STORED, len(samples.PDF))
    assert left(kept) == [storage.fetched_name(row.pk)]
    # An attempt that ends after its lease changes nothing.
    fetching.give_up(claim, fetching.FetchFailed(FetchError.EMPTY, ""))
    assert fetched(row).state == FetchState.STORED


def test_a_fetch_that_is_broken_off_begins_anew_at_once(ticket: Ticket, channel: Channel) -> None:
    """A worker that is told to stop gives back what it has not finished."""
    begun = threading.Event()

    def hanging(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        time.sleep(5)

    async def break_off() -> None:
        claim = await sync_to_async(fetching.claim_next)()
        assert claim is not None
        task = asyncio.create_task(fetching.fetch(claim))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    channel.files["/a.pdf"] = hanging
    [row] = said(ticket, ("document", channel.url("/a.pdf")))
    in_thread(lambda: asyncio.run(break_off()))
    assert (fetched(row).state, row.attempts) == (FetchState.PENDING, 0)
    assert fetching.count_due() == 1


def test_what_ends_the_worker_each_time_is_given_up(ticket: Ticket, channel: Channel) -> None:
    [row] = said(ticket, ("document", channel.url("/a.pdf")))
    for _attempt in range(6):
        assert fetching.claim_next() is not None
        Attachment.objects.update(next_attempt_at=timezone.now())
    assert fetching.claim_next() is None
    assert states([row]) == [("failed", FetchError.NOT_STORED)]


def test_a_storage_that_fails_is_tried_again(ticket: Ticket, channel: Channel, settings: Any, kept: Path) -> None:
    channel.files["/a.pdf"] = file(samples.PDF)
    (kept / "attachments").write_text("a file where the folder should be")
    [row] = said(ticket, ("document", channel.url("/a.pdf")))
    run_worker()
    assert (fetched(row).state, row.attempts) == (FetchState.PENDING, 1)
    (kept / "attachments").unlink()
    due_now()
    assert fetched(row).state == FetchState.STORED


def test_files_leave_most_of_the_worker_to_callbacks(ticket: Ticket, channel: Channel, settings: Any) -> None:
    settings.MEDIA_CONCURRENCY = 2
    counting, peaks, going = threading.Lock(), [0], [0]

    def slow(handler: BaseHTTPRequestHandler) -> None:
        with counting:
            going[0] += 1
            peaks.append(going[0])
        time.sleep(0.3)
        with counting:
            going[0] -= 1
        file(samples.PDF)(handler)

    channel.files["/slow.pdf"] = slow
    rows = [said(ticket, ("document", channel.url("/slow.pdf")))[0] for _ in range(10)]
    run_worker()
    assert max(peaks) == 2
    assert {fetched(row).state for row in rows} == {FetchState.STORED}


class TestAskedFor:
    def test_a_failed_file_is_fetched_again(self, desk: Desk, agent: User, ticket: Ticket, channel: Channel) -> None:
        [row] = said(ticket, ("document", channel.url("/a.pdf")))
        run_worker()
        assert fetched(row).state == FetchState.FAILED
        channel.files["/a.pdf"] = file(samples.PDF)
        operations.fetch_again(ticket.pk, row.pk, by=desk.by(agent))
        assert (fetched(row).state, row.error, row.attempts) == (FetchState.PENDING, "", 0)
        run_worker()
        assert fetched(row).state == FetchState.STORED
        # Once it is here, it is not fetched again.
        operations.fetch_again(ticket.pk, row.pk, by=desk.by(agent))
        assert fetched(row).state == FetchState.STORED

    def test_by_nobody_else(self, desk: Desk, agent: User, ticket: Ticket, channel: Channel) -> None:
        [row] = said(ticket, ("document", channel.url("/a.pdf")))
        Attachment.objects.update(state=FetchState.SKIPPED, next_attempt_at=None)
        colleague = desk.agent_online()
        with pytest.raises(NotAllowed):
            operations.fetch_again(ticket.pk, row.pk, by=desk.by(colleague))
        with pytest.raises(Attachment.DoesNotExist):
            operations.fetch_again(desk.open_ticket().pk, row.pk, by=desk.by())
        assert fetched(row).state == FetchState.SKIPPED


def test_deleted_attachments_take_their_files_along(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, kept: Path
) -> None:
    channel.files["/a.png"] = file(samples.picture())
    sent = [Media("image", channel.url(path)) for path in ("/a.png", "/begun.png")] + [Media("geo", "1,2")]
    before = ticket.opened_at - timedelta(minutes=5)
    history = [HistoryLine(True, before, "See", sent)]
    operations.add_history(ticket.pk, history)
    run_worker()
    begun = Attachment.objects.get(name="begun.png")
    storage.put(storage.fetched_name(begun.pk), b"left by a process that died")
    assert len(left(kept)) == 3
    Message.objects.filter(ticket=ticket, is_history=True).delete()
    assert len(left(kept)) == 3
    run_worker()
    assert left(kept) == []
