"""Files in a conversation: added, sent, given up (docs/rules.md, Files)."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import NotAllowed
from core.files import storage
from orgs.models import User
from tests.builders import Desk, fresh
from tests.refusals import refused, refused_by
from tests.tickets import samples
from tickets import operations
from tickets.conversation.transcript import page_before
from tickets.models import Attachment, Message, Ticket, Upload
from tickets.webhooks import payloads

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket(callback_url="https://flow.example.org/")


def add(desk: Desk, ticket: Ticket, by: User, raw: bytes = b"hello", name: str = "a.txt", **values: Any) -> Upload:
    return operations.add_file(ticket.pk, BytesIO(raw), name, by=desk.by(by), **values)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestSending:
    def test_a_file_goes_with_its_message(self, desk, agent, ticket, folder):
        raw = samples.picture("PNG", (900, 600))
        upload = add(desk, ticket, agent, raw, "Front door.png")
        message = desk.reply(ticket, agent, "See here", files=[upload.pk])
        [sent] = message.attachments.all()
        assert (sent.name, sent.content_type, sent.size) == ("Front door.png", "image/png", len(raw))
        assert (sent.width, sent.height) == (900, 600)
        assert default_storage.open(sent.file.name).read() == raw
        assert len(files_in(folder)) == 2
        assert not Upload.objects.exists()

    def test_a_message_may_be_files_alone(self, desk, agent, ticket):
        message = desk.reply(ticket, agent, "", files=[add(desk, ticket, agent, name="Offer.txt").pk])
        assert message.text == ""
        assert message.delivery == "sending"
        assert fresh(ticket).last_message_text == "Offer.txt"
        assert fresh(ticket).first_response_at is not None

    @pytest.mark.parametrize(
        ("name", "raw", "kind"),
        [
            ("planilha.csv", "nome;valor\r\nJoão;1,50\r\n".encode("cp1252"), "text/csv"),
            ("contrato.pdf", b"\xef\xbb\xbf\r\n%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", "application/pdf"),
            ("nota.txt", "Olá".encode("utf-16"), "text/plain"),
            ("voz.mp3", b"\xff\xfa\x90\x00" + bytes(413), "audio/mpeg"),
        ],
    )
    def test_a_file_goes_with_the_type_that_channels_take(self, desk, agent, ticket, name, raw, kind):
        message = desk.reply(ticket, agent, "", files=[add(desk, ticket, agent, raw, name).pk])
        [sent] = message.attachments.all()
        assert (sent.name, sent.content_type) == (name, kind)

    def test_several_keep_the_order_of_the_sender(self, desk, agent, ticket):
        made = [add(desk, ticket, agent, name=f"{n}.txt").pk for n in range(3)]
        message = desk.reply(ticket, agent, "", files=[made[2], made[0], made[1], made[2]])
        assert [file.name for file in message.attachments.order_by("pk")] == ["2.txt", "0.txt", "1.txt"]

    def test_a_note_takes_files_too_and_stays_inside(self, desk, agent, ticket):
        manager = desk.manager()
        upload = add(desk, ticket, manager)
        note = operations.add_note(ticket.pk, "", by=desk.by(manager), files=[upload.pk])
        assert note.attachments.count() == 1
        assert not ticket.deliveries.exists()

    def test_the_flow_engine_is_given_an_address_to_fetch_it_at(self, desk, agent, ticket, settings):
        settings.ORIGIN = "https://chats.example.org"
        upload = add(desk, ticket, agent, samples.PDF, "Bill März.pdf")
        message = desk.reply(ticket, agent, "", files=[upload.pk])
        [media] = payloads.message(message, ticket)["media"]
        assert media["content_type"] == "application/pdf"
        assert media["url"].startswith("https://chats.example.org/files/")
        assert media["url"].endswith("/Bill%20M%C3%A4rz.pdf")

    def test_without_a_configured_address_it_is_the_local_one(self, desk, agent, ticket, settings):
        settings.ORIGIN = ""
        settings.LOCAL_ORIGIN = "http://localhost:8000"
        upload = add(desk, ticket, agent)
        message = desk.reply(ticket, agent, "", files=[upload.pk])
        assert payloads.message(message, ticket)["media"][0]["url"].startswith("http://localhost:8000/files/")

    def test_what_begins_like_a_picture_and_is_none_is_kept_as_it_came(self, desk, agent, ticket):
        upload = add(desk, ticket, agent, samples.picture()[:60], "broken.png")
        assert (upload.content_type, upload.thumbnail.name) == ("application/octet-stream", "")

    def test_html_by_the_name_of_a_picture_is_kept_without_a_type(self, desk, agent, ticket):
        upload = add(desk, ticket, agent, samples.HTML, "picture.png")
        assert (upload.name, upload.content_type) == ("picture.png", "application/octet-stream")
        assert "." not in Path(upload.file.name).name


class TestRefusals:
    def test_neither_text_nor_files(self, desk, agent, ticket):
        with refused("empty_message"):
            desk.reply(ticket, agent, " ")

    def test_an_empty_file(self, desk, agent, ticket, folder):
        with refused("file_empty"):
            add(desk, ticket, agent, b"")
        assert not files_in(folder)

    def test_one_byte_too_many(self, desk, agent, ticket, folder, settings):
        settings.FILE_MAX_BYTES = 1024 * 1024
        add(desk, ticket, agent, b"x" * 1024 * 1024)
        with refused("file_too_large") as refusal:
            add(desk, ticket, agent, b"x" * (1024 * 1024 + 1))
        assert "1 MB" in str(refusal.value)
        assert len(files_in(folder)) == 1

    def test_what_the_engine_would_refuse(self, desk, agent, ticket, folder, settings):
        """It takes less of pictures and recordings; what else there is, up to 100 MB."""
        megabyte = 1024 * 1024
        for size, raw, limit in (
            (100, samples.picture("JPEG"), 5),
            (100, samples.picture("PNG"), 5),
            (100, samples.sound(), 16),
            (100, samples.movie(), 16),
            (200, samples.PDF, 100),
            (10, samples.sound(), 10),
            (3, samples.picture("JPEG"), 3),
        ):
            settings.FILE_MAX_BYTES = size * megabyte
            assert add(desk, ticket, agent, raw.ljust(limit * megabyte, b"\0")).size == limit * megabyte
            with refused("file_too_large") as refusal:
                add(desk, ticket, agent, raw.ljust(limit * megabyte + 1, b"\0"))
            assert f" {limit} MB" in str(refusal.value)
        assert len(files_in(folder)) == 7 + 3, "of three there is a small picture"

    def test_a_picture_that_would_fill_the_memory(self, desk, agent, ticket, folder):
        with refused("picture_too_large"):
            add(desk, ticket, agent, samples.bomb(), "small.png")
        assert not files_in(folder)
        assert not Upload.objects.exists()

    def test_more_files_than_a_message_takes(self, desk, agent, ticket, settings):
        settings.FILES_PER_MESSAGE = 2
        made = [add(desk, ticket, agent).pk for _ in range(3)]
        with refused("too_many_files"):
            desk.reply(ticket, agent, "", files=made)
        assert Upload.objects.count() == 3

    def test_nobody_heaps_up_files_without_end(self, desk, agent, ticket, settings):
        settings.FILES_PER_MESSAGE = 1
        for _ in range(5):
            add(desk, ticket, agent)
        with refused("too_many_files"):
            add(desk, ticket, agent)

    def test_a_file_that_is_not_there_names_itself_and_nothing_is_sent(self, desk, agent, ticket):
        there, gone = add(desk, ticket, agent).pk, uuid4()
        with refused("file_gone") as refusal:
            desk.reply(ticket, agent, "Here", files=[there, gone])
        assert refusal.value.extra["files"] == [str(gone)]
        assert not Message.objects.filter(ticket=ticket).exists()
        assert Upload.objects.get().pk == there

    def test_it_is_sent_once(self, desk, agent, ticket):
        upload = add(desk, ticket, agent)
        desk.reply(ticket, agent, "", files=[upload.pk])
        with refused("file_gone"):
            desk.reply(ticket, agent, "", files=[upload.pk])

    def test_files_of_others_and_of_other_tickets_are_not_there(self, desk, agent, ticket):
        manager = desk.manager()
        other = desk.open_ticket()
        for upload in (add(desk, ticket, manager), add(desk, other, agent)):
            with refused("file_gone"):
                desk.reply(ticket, agent, "", files=[upload.pk])
            with pytest.raises(Upload.DoesNotExist):
                operations.discard_file(ticket.pk, upload.pk, by=desk.by(agent))

    def test_who_does_not_see_the_ticket_adds_nothing(self, desk, agent, ticket):
        for stranger in (desk.agent(), desk.manager(desk.add_sector())):
            with pytest.raises(NotAllowed):
                add(desk, ticket, stranger)

    def test_who_sees_it_but_does_not_attend_can_not_answer_with_it(self, desk, agent, ticket):
        manager = desk.manager()
        upload = add(desk, ticket, manager)
        with refused("not_allowed"):
            desk.reply(ticket, manager, "", files=[upload.pk])
        assert Upload.objects.filter(pk=upload.pk).exists()

    def test_a_refused_message_leaves_its_files_waiting_and_none_behind(self, desk, agent, ticket, folder):
        upload = add(desk, ticket, agent)
        with refused("message_too_long"):
            desk.reply(ticket, agent, "x" * 10_001, files=[upload.pk])
        desk.close(ticket)
        with refused("room_closed"):
            desk.reply(ticket, agent, "", files=[upload.pk])
        assert not Attachment.objects.exists()
        assert len(files_in(folder)) == 1


class TestGivingUp:
    def test_a_file_is_removed_with_what_was_made_of_it(self, desk, agent, ticket, folder):
        upload = add(desk, ticket, agent, samples.picture(), "a.png")
        assert len(files_in(folder)) == 2
        operations.discard_file(ticket.pk, upload.pk, by=desk.by(agent))
        assert not files_in(folder)
        assert not Upload.objects.exists()

    def test_what_is_not_sent_for_a_day_goes(self, desk, agent, ticket, folder):
        now = timezone.now()
        add(desk, ticket, agent, now=now - timedelta(hours=25))
        kept = add(desk, ticket, agent, now=now - timedelta(hours=23))
        assert operations.delete_unsent_uploads(now=now) == 1
        assert Upload.objects.get() == kept
        assert len(files_in(folder)) == 1

    def test_what_was_sent_stays(self, desk, agent, ticket, folder):
        upload = add(desk, ticket, agent)
        desk.reply(ticket, agent, "", files=[upload.pk])
        assert operations.delete_unsent_uploads(now=timezone.now() + timedelta(days=400)) == 0
        assert len(files_in(folder)) == 1

    def test_a_storage_that_fails_leaves_neither_row_nor_file(self, desk, agent, ticket, folder, monkeypatch):
        save = default_storage.save

        def fail(name: str, content: Any) -> str:
            if name.endswith(".webp"):
                raise OSError("the disk is full")
            return save(name, content)

        monkeypatch.setattr(default_storage, "save", fail)
        with pytest.raises(OSError, match="full"):
            add(desk, ticket, agent, samples.picture(), "a.png")
        assert not files_in(folder)
        assert not Upload.objects.exists()

    def test_what_a_process_that_died_has_left_is_found_by_its_row(self, desk, agent, ticket, folder, monkeypatch):
        """It ends between writing the file and saying so: nobody can send it, and the sweep finds it."""

        put = storage.put

        def write_and_die(name: str, raw: bytes) -> None:
            put(name, raw)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(storage, "put", write_and_die)
            add(desk, ticket, agent)
        assert len(files_in(folder)) == 1
        left = Upload.objects.get()
        assert not left.ready
        with refused("file_gone"):
            desk.reply(ticket, agent, "", files=[left.pk])
        Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
        operations.delete_unsent_uploads()
        assert not Upload.objects.exists()
        assert not files_in(folder)

    def test_it_can_not_be_sent_and_removed_at_once(self, desk, agent, ticket, folder):
        upload = add(desk, ticket, agent)
        with transaction.atomic():
            desk.reply(ticket, agent, "", files=[upload.pk])
            with pytest.raises(Upload.DoesNotExist):
                operations.discard_file(ticket.pk, upload.pk, by=desk.by(agent))
        assert len(files_in(folder)) == 1


class TestDatabase:
    def test_a_stored_file_has_bytes(self, desk, agent, ticket):
        message = desk.reply(ticket, agent)
        for size in (None, 0):
            with refused_by("attachment_stored_has_bytes"):
                Attachment.objects.create(message=message, content_type="text/plain", file="a", size=size)

    def test_a_small_picture_belongs_to_a_stored_one(self, desk, agent, ticket):
        message = desk.reply(ticket, agent)
        with refused_by("attachment_thumbnail_of_stored"):
            Attachment.objects.create(
                message=message, content_type="image/png", url="https://a.example", thumbnail="b"
            )

    def test_an_upload_names_a_file_with_bytes_and_no_two_the_same(self, desk, agent, ticket):
        base = {"ticket": ticket, "user": agent, "name": "a", "content_type": "text/plain"}
        for values in ({"file": "", "size": 1}, {"file": "a", "size": 0}):
            with refused_by("upload_has_bytes"):
                Upload.objects.create(**base, **values)
        Upload.objects.create(**base, file="a", size=1)
        with refused_by("upload_file_once"):
            Upload.objects.create(**base, file="a", size=1)


def test_what_an_agent_sends_is_seen_by_whoever_sees_the_conversation(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    """The line's attachments come with the lines, in a number of queries that does not grow."""

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page_before(fresh(ticket))
        return len(seen)

    desk.reply(ticket, agent, "", files=[add(desk, ticket, agent).pk])
    few = queries()
    for _ in range(5):
        desk.reply(ticket, agent, "", files=[add(desk, ticket, agent, samples.picture()).pk for _ in range(2)])
    assert queries() == few
