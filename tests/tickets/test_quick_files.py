"""Files of quick messages at the desk: copied beside what is being written, sent as any other (docs/rules.md)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from orgs.access import SYSTEM
from orgs.models import User
from sectors import jobs
from sectors import operations as sectors
from sectors.models import QuickMessage, QuickMessageFile
from sectors.operations import NewFile, QuickText
from tests.builders import Desk, fresh, quick_message, take_off
from tests.pages import Pages
from tests.refusals import refused
from tests.tickets import samples
from tickets import operations
from tickets.conversation.quick_messages import suggestions
from tickets.models import Ticket, Upload
from tickets.webhooks import payloads

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket(callback_url="https://flow.example.org/")


def with_files(desk: Desk, *files: tuple[str, bytes], user: User | None = None) -> QuickMessage:
    owner: dict[str, Any] = {"user": user} if user else {"sector": desk.sector}
    [row] = sectors.add_quick_messages(
        desk.project,
        [QuickText("menu", "Today’s menu")],
        by=desk.by(user) if user else desk.by(),
        files=[NewFile(BytesIO(raw), name) for name, raw in files],
        **owner,
    )
    return row


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_they_are_sent_as_files_that_the_agent_added(desk: Desk, agent: User, ticket: Ticket) -> None:
    picture = samples.picture("PNG", (900, 600))
    row = with_files(desk, ("plates.png", picture), ("menu.pdf", samples.PDF))
    first, second = operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    assert (first.name, first.content_type, first.width, first.height) == ("plates.png", "image/png", 900, 600)
    operations.discard_file(ticket.pk, first.pk, by=desk.by(agent))
    again = operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    message = desk.reply(ticket, agent, "See here", files=[second.pk, again[0].pk])
    assert [sent.name for sent in message.attachments.all()] == ["menu.pdf", "plates.png"]
    media = payloads.message(message, ticket)["media"]
    assert [file["content_type"] for file in media] == ["application/pdf", "image/png"]


def test_what_was_sent_outlives_the_quick_message(desk: Desk, agent: User, ticket: Ticket) -> None:
    raw = samples.picture("PNG", (900, 600))
    row = with_files(desk, ("plates.png", raw))
    stored = row.files.get()
    [upload] = operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    message = desk.reply(ticket, agent, "", files=[upload.pk])
    sectors.remove_quick_message(row, by=desk.by())
    jobs.delete_files([stored.file.name])
    assert not default_storage.exists(stored.file.name)
    [sent] = message.attachments.all()
    assert default_storage.open(sent.file.name).read() == raw
    assert default_storage.exists(sent.thumbnail.name)


def test_the_desk_says_which_files_a_quick_message_has(
    desk: Desk, agent: User, ticket: Ticket, django_assert_num_queries: Any
) -> None:
    row = with_files(desk, ("plates.png", samples.picture()), ("menu.pdf", samples.PDF))
    quick_message(desk, "none")
    member = desk.member(agent)
    _loaded = ticket.contact, ticket.queue, ticket.sector
    with django_assert_num_queries(2):
        found = suggestions(ticket, member)
    assert [(item.shortcut, [file.name for file in item.files]) for item in found] == [
        ("menu", ["plates.png", "menu.pdf"]),
        ("none", []),
    ]
    page = Pages(agent, desk.project).get("tickets:quick", ticket.pk).content.decode()
    assert "with 2 files" in page
    assert str(row.pk) in page


def test_only_what_the_desk_offers_in_the_ticket_is_added(
    desk: Desk, other_desk: Desk, agent: User, ticket: Ticket
) -> None:
    mine = with_files(desk, ("mine.txt", b"mine"), user=agent)
    theirs = with_files(desk, ("theirs.txt", b"theirs"), user=desk.administrator)
    elsewhere = with_files(other_desk, ("away.txt", b"away"))
    assert [file.name for file in operations.add_quick_files(ticket.pk, mine.pk, by=desk.by(agent))] == ["mine.txt"]
    for row in (theirs, elsewhere):
        with pytest.raises(QuickMessage.DoesNotExist):
            operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
        url = reverse("tickets:quick_files", args=[desk.project.pk, ticket.pk, row.pk])
        assert Pages(agent, desk.project).client.post(url).status_code == 404
    with refused("not_allowed"):
        operations.add_quick_files(ticket.pk, mine.pk, by=desk.by(desk.agent()))


def test_a_program_writes_nothing_at_the_desk(desk: Desk, agent: User, ticket: Ticket) -> None:
    row = with_files(desk, ("a.txt", b"a"))
    with refused("not_allowed"):
        operations.add_quick_files(ticket.pk, row.pk, by=SYSTEM)


def test_all_are_added_or_none(desk: Desk, agent: User, ticket: Ticket, folder: Path) -> None:
    row = with_files(desk, ("a.png", samples.picture()), ("b.txt", b"b"))
    before = len(files_in(folder))
    default_storage.delete(row.files.all()[1].file.name)
    with refused("file_gone"):
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    assert not Upload.objects.exists()
    assert len(files_in(folder)) == before - 1


def test_the_limits_of_the_tickets_engine_hold(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket(callback_url="https://flow.example.org/", flow_type="generic")
    row = with_files(desk, ("small.txt", b"a"), ("large.bin", b"b"))
    QuickMessageFile.objects.filter(name="large.bin").update(size=11 * 1024 * 1024)
    with refused("file_too_large") as told:
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    assert str(told.value).startswith("large.bin: ")
    assert "10 MB" in str(told.value)


def test_not_more_wait_than_may(desk: Desk, agent: User, ticket: Ticket, settings: Any) -> None:
    row = with_files(desk, ("a.txt", b"a"), ("b.txt", b"b"))
    settings.FILES_PER_MESSAGE = 1
    for _time in range(2):
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
    with refused("too_many_files"):
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))


def test_those_of_a_sector_are_for_its_people_and_for_who_handles_the_ticket(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    other = desk.add_sector()
    queue = desk.add_queue(sector=other)
    [row] = sectors.add_quick_messages(
        desk.project,
        [QuickText("prices", "New prices")],
        by=desk.by(),
        sector=other,
        files=[NewFile(BytesIO(b"secret"), "prices.txt")],
    )
    operations.transfer_to_queue(ticket.pk, queue, by=desk.by())
    operations.transfer_to_agent(ticket.pk, agent, by=desk.by())
    assert [found.shortcut for found in suggestions(fresh(ticket), desk.member(agent))] == ["prices"]
    desk.close(fresh(ticket), tags=list(other.tags.all()[:1]))
    assert suggestions(fresh(ticket), desk.member(agent)) == []
    with pytest.raises(QuickMessage.DoesNotExist):
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))


def test_who_has_left_the_queue_gets_none_for_a_closed_ticket(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.close(ticket, by=agent)
    take_off(desk.queue, agent)
    row = with_files(desk, ("menu.pdf", samples.PDF))
    assert suggestions(fresh(ticket), desk.member(agent)) == []
    with pytest.raises(QuickMessage.DoesNotExist):
        operations.add_quick_files(ticket.pk, row.pk, by=desk.by(agent))
