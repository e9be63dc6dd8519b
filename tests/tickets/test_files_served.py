"""Who gets a file, and how it is sent (docs/rules.md, Files)."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import TimestampSigner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orgs.models import ProjectRole, User
from tests.builders import Desk
from tests.tickets import samples
from tests.tickets.desk_tools import Browser
from tickets import operations
from tickets.models import Attachment, Ticket, Upload
from tickets.webhooks import payloads

PAGE = "text/html; charset=utf-8"


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket(callback_url="https://flow.example.org/")


def sent(desk: Desk, ticket: Ticket, by: User, raw: bytes, name: str) -> Attachment:
    upload = operations.add_file(ticket.pk, BytesIO(raw), name, by=desk.by(by))
    return desk.reply(ticket, by, "", files=[upload.pk]).attachments.get()


def get(desk: Desk, user: User | None, file: Attachment, name: str = "file", **headers: str) -> Any:
    browser = Browser(user, desk.project)
    return browser.client.get(browser.url(name, file.message.ticket, file=file.pk), headers=headers)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def link_of(file: Attachment) -> str:
    """The path at which the flow engine fetches a file."""
    address = payloads.MediaSerializer(file).data["url"]
    return re.sub(r"^https?://[^/]+", "", address)


class TestWho:
    def test_whoever_sees_the_ticket(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, samples.picture(), "a.png")
        for user in (agent, desk.manager(), desk.administrator, desk.person(ProjectRole.CONTRIBUTOR)):
            for name in ("file", "file_thumbnail"):
                assert get(desk, user, file, name).status_code == 200

    def test_nobody_else(self, desk, agent, ticket, other_desk):
        file = sent(desk, ticket, agent, samples.picture(), "a.png")
        refusals = {
            desk.agent(): 404,
            desk.manager(desk.add_sector()): 404,
            other_desk.administrator: 404,
            desk.person(ProjectRole.VIEWER): 403,
            None: 302,
        }
        for user, status in refusals.items():
            for name in ("file", "file_thumbnail"):
                assert get(desk, user, file, name).status_code == status

    def test_whose_access_ends(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, b"text", "a.txt")
        operations.transfer_to_queue(ticket.pk, desk.add_queue(), by=desk.by())
        assert get(desk, agent, file).status_code == 404
        desk.remove(agent)
        assert get(desk, agent, file).status_code == 404

    def test_a_file_is_asked_for_by_its_own_ticket(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, b"text", "a.txt")
        other = desk.open_ticket()
        browser = Browser(agent, desk.project)
        assert browser.get("file", other, file=file.pk).status_code == 404
        assert browser.get("file", ticket, file=uuid4()).status_code == 404

    def test_what_is_not_sent_yet_is_nobodys_to_look_at(self, desk, agent, ticket):
        upload = operations.add_file(ticket.pk, BytesIO(b"text"), "a.txt", by=desk.by(agent))
        assert Browser(agent, desk.project).get("file", ticket, file=upload.pk).status_code == 404

    def test_a_link_of_the_channel_is_not_served_by_us(self, desk, agent, ticket):
        from tickets.operations.messages import Media

        message, _new = operations.receive(ticket.pk, "", media=[Media("image/png", "https://cdn.example/a.png")])
        file = message.attachments.get()
        assert get(desk, agent, file).status_code == 404
        assert payloads.MediaSerializer(file).data["url"] == "https://cdn.example/a.png"

    def test_a_file_lost_from_the_storage_is_not_there(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, b"text", "a.txt")
        default_storage.delete(file.file.name)
        assert get(desk, agent, file).status_code == 404


class TestLinks:
    def test_whoever_has_it_gets_the_file(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, samples.PDF, "Bill.pdf")
        response = Client().get(link_of(file))
        assert response.status_code == 200
        assert body(response) == samples.PDF

    def test_it_ends(self, desk, agent, ticket, settings):
        settings.FILE_LINK_DAYS = 7
        file = sent(desk, ticket, agent, samples.PDF, "Bill.pdf")
        link, now = link_of(file), timezone.now()
        with time_machine.travel(now + timedelta(days=6, hours=23)):
            assert Client().get(link).status_code == 200
        with time_machine.travel(now + timedelta(days=7, minutes=1)):
            assert Client().get(link).status_code == 404

    def test_it_outlives_a_change_of_the_key_that_is_listed(self, desk, agent, ticket, settings):
        link = link_of(sent(desk, ticket, agent, samples.PDF, "Bill.pdf"))
        former, settings.SECRET_KEY = settings.SECRET_KEY, "another key, just as long as the first"
        assert Client().get(link).status_code == 404
        settings.SECRET_KEY_FALLBACKS = [former]
        assert Client().get(link).status_code == 200

    def test_nothing_in_it_can_be_changed(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, samples.PDF, "Bill.pdf")
        other = sent(desk, ticket, agent, b"text", "other.txt")
        _files, token, name = link_of(file).strip("/").split("/")
        pk, stamp, signature = token.split(".")
        forged = [
            f"{other.pk.hex}.{stamp}.{signature}",
            f"{pk}.{stamp}A.{signature}",
            f"{pk}.{stamp}.{signature[:-1]}",
            f"{pk}.{stamp}",
            pk,
            "x",
            "%00",
            ".",
            "..x.",
            TimestampSigner(sep=".", salt="another use").sign(file.pk.hex),
            TimestampSigner(sep=".", salt="tickets.files").sign("no id"),
            TimestampSigner(sep=".", salt="tickets.files").sign(uuid4().hex),
        ]
        for token in forged:
            assert Client().get(f"/files/{token}/{name}").status_code == 404
        assert Client().get(link_of(file).replace("Bill.pdf", "Bill.html")).status_code == 404

    def test_it_is_not_asked_for_without_end(self, desk, agent, ticket, monkeypatch):
        file = sent(desk, ticket, agent, b"text", "a.txt")
        link = link_of(file)
        answers = {Client().get(link).status_code for _ in range(3)}
        assert answers == {200}
        from allauth.core.internal import ratelimit

        monkeypatch.setattr(ratelimit, "consume", lambda *args, **kwargs: None)
        assert Client().get(link).status_code == 429


class TestHow:
    @pytest.mark.parametrize(
        ("raw", "name", "kind"),
        [(samples.picture(), "a.png", "image/png"), (samples.sound(), "a.wav", "audio/wav"),
         (samples.movie(b"isom", b"vide"), "a.mp4", "video/mp4")],
    )  # fmt: skip
    def test_what_is_harmless_is_shown(self, desk, agent, ticket, raw, name, kind):
        file = sent(desk, ticket, agent, raw, name)
        for response in (get(desk, agent, file), Client().get(link_of(file))):
            assert response["Content-Type"] == kind
            assert response["Content-Disposition"] == f'inline; filename="{name}"'

    @pytest.mark.parametrize(
        ("raw", "name"),
        [(samples.HTML, "a.html"), (samples.HTML, "a.png"), (samples.SVG, "a.svg"), (samples.PDF, "a.pdf"),
         (b"GIF89a" + samples.HTML, "a.gif"), (samples.PDF + samples.HTML, "a.pdf"), (b"MZ\0\0", "a.exe"),
         (b"alert(1)", "a.js"), (samples.archive("[Content_Types].xml", "word/document.xml"), "a.docx")],
    )  # fmt: skip
    def test_everything_else_is_saved(self, desk, agent, ticket, raw, name):
        file = sent(desk, ticket, agent, raw, name)
        for response in (get(desk, agent, file), Client().get(link_of(file))):
            assert response["Content-Disposition"].startswith("attachment;")
            assert not response["Content-Type"].startswith(("text/html", "image/", "text/javascript"))
            assert body(response) == raw

    def test_nothing_in_it_can_act(self, desk, agent, ticket):
        for raw, name in ((samples.HTML, "a.html"), (samples.picture(), "a.png")):
            file = sent(desk, ticket, agent, raw, name)
            for response in (get(desk, agent, file), Client().get(link_of(file))):
                assert response["X-Content-Type-Options"] == "nosniff"
                assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
                assert response["Cache-Control"] == "private, no-cache"
                assert response["X-Frame-Options"] == "DENY"

    def test_a_picture_that_is_a_script_as_well_stays_a_picture(self, desk, agent, ticket):
        polyglot = samples.picture("GIF", (4, 4), "P") + b"/*" + samples.HTML + b"*/=1;alert(1)"
        file = sent(desk, ticket, agent, polyglot, "a.gif")
        response = get(desk, agent, file)
        assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/gif", "nosniff")
        small = body(get(desk, agent, file, "file_thumbnail"))
        assert b"script" not in small

    def test_names_of_all_kinds(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, samples.PDF, 'Rech"nung\r\nX-Evil: 1 März.pdf')
        response = get(desk, agent, file)
        assert "X-Evil" not in response
        assert (
            response["Content-Disposition"] == "attachment; filename*=utf-8''Rech_nung%20X-Evil_%201%20M%C3%A4rz.pdf"
        )
        assert Client().get(link_of(file)).status_code == 200

    def test_who_has_it_already_is_told_so_if_they_may_see_it(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, samples.picture(), "a.png")
        tag = get(desk, agent, file)["ETag"]
        again = get(desk, agent, file, if_none_match=tag)
        assert (again.status_code, again.content) == (304, b"")
        assert get(desk, desk.agent(), file, if_none_match=tag).status_code == 404

    RANGES = [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=99999999999999999-", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=a-b", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ]

    @pytest.mark.parametrize(("asked", "status", "part", "said"), RANGES)
    def test_a_part_of_it(self, desk, agent, ticket, asked, status, part, said):
        file = sent(desk, ticket, agent, b"0123456789", "a.txt")
        for response in (get(desk, agent, file, range=asked), Client().get(link_of(file), headers={"range": asked})):
            assert (response.status_code, body(response)) == (status, part)
            assert response.get("Content-Range") == said
            assert response["Accept-Ranges"] == "bytes"

    def test_a_part_only_of_what_it_was(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, b"0123456789", "a.txt")
        tag = get(desk, agent, file)["ETag"]
        assert get(desk, agent, file, range="bytes=0-1", if_range=tag).status_code == 206
        assert get(desk, agent, file, range="bytes=0-1", if_range='"other"').status_code == 200

    def test_its_head_alone(self, desk, agent, ticket):
        file = sent(desk, ticket, agent, b"0123456789", "a.txt")
        response = Client().head(link_of(file))
        assert (response.status_code, response["Content-Length"], body(response)) == (200, "10", b"")


class TestAdding:
    """What the desk's page is answered when it hands in a file."""

    def add(self, desk: Desk, user: User, ticket: Ticket, *files: Any, client: Client | None = None) -> Any:
        browser = Browser(user, desk.project)
        return browser.post("upload", ticket, {"file": files[0]} if files else {})

    def test_it_is_kept_for_the_message(self, desk, agent, ticket):
        raw = samples.picture()
        response = self.add(desk, agent, ticket, SimpleUploadedFile("a.png", raw, "text/html"))
        assert response.status_code == 201
        upload = Upload.objects.get()
        assert response.json() == {"id": str(upload.pk), "name": "a.png", "size": len(raw), "type": "image/png"}
        response = Browser(agent, desk.project).post("message", ticket, {"text": "", "uploads": [str(upload.pk)]})
        assert response.status_code == 204
        assert Attachment.objects.get().name == "a.png"

    def test_what_is_wrong_is_said(self, desk, agent, ticket, settings):
        settings.FILE_MAX_BYTES = 1024 * 1024
        cases = {
            "Choose a file first.": None,
            "The file is empty. Choose another one.": b"",
            "The file is larger than 1 MB. Choose a smaller one.": b"x" * (1024 * 1024 + 1),
            "The picture has more than 50 million pixels. Make it smaller, then add it again.": samples.bomb(),
        }
        for sentence, raw in cases.items():
            files = [] if raw is None else [SimpleUploadedFile("a", raw)]
            response = self.add(desk, agent, ticket, *files)
            assert response.status_code == 422
            assert sentence in response.content.decode()
        assert not Upload.objects.exists()

    def test_a_body_far_too_long_is_not_read(self, desk, agent, ticket, settings):
        settings.FILE_MAX_BYTES = 1024
        for name in ("upload", "message"):
            browser = Browser(agent, desk.project)
            response = browser.client.post(
                browser.url(name, ticket), b"never read", content_type="multipart/form-data; boundary=x",
                headers={"content-length": str(10**12)},
            )  # fmt: skip
            assert response.status_code == 422
            assert "larger than" in response.content.decode()

    @pytest.mark.parametrize("raw", [b"", b"--x", b"--x\r\n\r\n--x--", bytes(500)])
    def test_a_form_that_is_none(self, desk, agent, ticket, raw):
        browser = Browser(agent, desk.project)
        for name in ("upload", "message"):
            url = browser.url(name, ticket)
            response = browser.client.post(url, raw, content_type="multipart/form-data; boundary=x")
            assert response.status_code in {400, 422}

    def test_a_strange_site_can_not_do_it(self, desk, agent, ticket):
        client = Client(enforce_csrf_checks=True)
        client.force_login(agent)
        for name in ("upload", "message"):
            url = Browser(agent, desk.project).url(name, ticket)
            response = client.post(url, {"file": SimpleUploadedFile("a.txt", b"a"), "text": "a"})
            assert response.status_code == 403
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("uploads", [["x"], ["\0"], [""], [str(uuid4())], ["x" * 1_000_000], ["1"] * 5_000])
    def test_what_is_no_file_of_ones_own(self, desk, agent, ticket, uploads):
        response = Browser(agent, desk.project).post("message", ticket, {"text": "a", "uploads": uploads[:900]})
        assert response.status_code == 422
        assert "data-refusal" in response.content.decode()

    def test_the_page_is_told_which_files_are_gone(self, desk, agent, ticket):
        gone = uuid4()
        response = Browser(agent, desk.project).post("message", ticket, {"text": "a", "uploads": [str(gone)]})
        assert f'data-gone="{gone}"' in response.content.decode()

    def test_removing(self, desk, agent, ticket):
        upload = operations.add_file(ticket.pk, BytesIO(b"text"), "a.txt", by=desk.by(agent))
        for user, status in ((desk.manager(), 404), (agent, 204), (agent, 404)):
            response = Browser(user, desk.project).post("upload_remove", ticket, upload=upload.pk)
            assert response.status_code == status


class TestPlainForm:
    """The desk without a script."""

    def post(self, desk: Desk, user: User, ticket: Ticket, data: dict[str, Any]) -> Any:
        browser = Browser(user, desk.project)
        return browser.client.post(browser.url("message", ticket), data)

    def test_files_come_with_the_message(self, desk, agent, ticket):
        files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
        response = self.post(desk, agent, ticket, {"text": "Two", "files": files})
        assert response.status_code == 302
        assert response["Location"] == reverse("tickets:ticket", args=[desk.project.pk, ticket.pk])
        assert [file.name for file in Attachment.objects.all()] == ["a.txt", "b.txt"]

    def test_what_is_refused_keeps_text_and_files(self, desk, agent, ticket):
        files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"")]
        response = self.post(desk, agent, ticket, {"text": "Two <b>", "files": files})
        assert (response.status_code, response["Content-Type"]) == (422, PAGE)
        text = response.content.decode()
        assert "The file is empty. Choose another one." in text
        assert "Two &lt;b&gt;</textarea>" in text
        [kept] = Upload.objects.all()
        assert f'name="uploads" value="{kept.pk}" checked' in text
        response = self.post(desk, agent, ticket, {"text": "One", "uploads": [str(kept.pk)]})
        assert response.status_code == 302

    def test_too_many_are_refused_before_any_is_kept(self, desk, agent, ticket, folder):
        files = [SimpleUploadedFile(f"{n}.txt", b"a") for n in range(11)]
        response = self.post(desk, agent, ticket, {"text": "", "files": files})
        assert "A message takes at most 10 files." in response.content.decode()
        assert not [path for path in folder.rglob("*") if path.is_file()]


def test_looking_back_shows_the_same_files(desk: Desk, agent: User, ticket: Ticket) -> None:
    file = sent(desk, ticket, agent, samples.picture(), "door.png")
    desk.close(ticket, by=agent)
    browser = Browser(agent, desk.project)
    page = browser.client.get(reverse("reports:ticket", args=[desk.project.pk, ticket.pk])).content.decode()
    assert browser.url("file_thumbnail", ticket, file=file.pk) in page
    assert get(desk, agent, file).status_code == 200


def test_programs_read_where_to_fetch_it(desk: Desk, agent: User, ticket: Ticket) -> None:
    from orgs import operations as orgs

    file = sent(desk, ticket, agent, samples.PDF, "Bill.pdf")
    _token, secret = orgs.create_token("reads", by=desk.by(), scopes=["read"], project=desk.project)
    url = reverse("rest:ticket_lines", args=[desk.project.pk, ticket.pk])
    lines = Client().get(url, headers={"authorization": f"Bearer {secret}"}).json()["results"]
    [shown] = [one for line in lines for one in line["attachments"]]
    assert (shown["name"], shown["content_type"], shown["size"]) == ("Bill.pdf", "application/pdf", len(samples.PDF))
    assert body(Client().get(re.sub(r"^https?://[^/]+", "", shown["url"]))) == samples.PDF
    assert str(file.pk) not in shown["url"]


class TestBesideTheConversation:
    def side(self, desk: Desk, user: User, ticket: Ticket) -> str:
        return Browser(user, desk.project).text("frame", ticket)

    def test_the_contacts_files_that_may_be_seen(self, desk, agent, ticket):
        """Of this ticket and of the contact's others: those that may be read beside it."""
        sent(desk, ticket, agent, samples.PDF, "first.pdf")
        desk.close(ticket, by=agent)
        desk.status(agent, "paused", reason="Lunch")
        colleague = desk.agent_online()
        second = desk.open_ticket(ticket.contact.external_id)
        file = sent(desk, second, colleague, samples.picture(), "second.png")
        text = self.side(desk, colleague, second)
        assert Browser(colleague, desk.project).url("file_thumbnail", second, file=file.pk) in text
        assert "first.pdf" in text
        desk.rules(agents_read_earlier=False)
        assert "first.pdf" not in self.side(desk, colleague, second)
        assert "first.pdf" in self.side(desk, desk.manager(), second)

    def test_those_of_the_channel_are_links(self, desk, agent, ticket):
        from tickets.operations.messages import Media

        media = [Media("image/png", "https://cdn.example/there.png"), Media("image/png", "javascript:alert(1)")]
        operations.receive(ticket.pk, "", media=media)
        text = self.side(desk, agent, ticket)
        assert 'href="https://cdn.example/there.png"' in text
        assert 'href="javascript:' not in text

    def test_as_many_questions_however_many_files(self, desk, agent, ticket):
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                text = self.side(desk, agent, ticket)
            assert text.count("side-files__") >= 1
            return len(queries)

        sent(desk, ticket, agent, b"text", "a.txt")
        few = asked()
        for _ in range(15):
            sent(desk, ticket, agent, b"text", "a.txt")
        assert asked() == few
