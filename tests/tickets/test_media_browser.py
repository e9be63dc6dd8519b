"""What contacts send, at the desk in a real browser, fetched meanwhile by the real worker (docs/desk.md, Files)."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import Browse, OpenDesk, assert_accessible, until
from tests.builders import Desk
from tests.channel import Channel, file
from tests.tickets import samples
from tests.tickets.tools import run_worker
from tickets import operations
from tickets.models import Attachment, FetchState, Ticket
from tickets.operations.messages import HistoryLine, Media

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def folder(server_folder: Any) -> Any:
    """Where the server keeps files."""
    return server_folder / "media"


def say(ticket: Ticket, channel: Channel, *sent: tuple[str, str], text: str = "") -> None:
    media = [Media(kind, channel.url(path) if path.startswith("/") else path) for kind, path in sent]
    operations.receive(ticket.pk, text, media=media)


def line(page: Page, number: int = -1) -> Any:
    return page.locator(".message--in").nth(number)


def test_a_picture_takes_the_place_that_was_kept_for_it(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    say(ticket, channel, ("image", "/door.jpg"), ("document", "/bill"), ("geo", "-23.5505,-46.6333"))
    waiting = line(page).locator("[data-media=pending]")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("door.jpg")
    expect(waiting.first).to_contain_text("on its way")
    place = line(page).get_by_role("link", name="Location")
    expect(place).to_contain_text("-23.5505, -46.6333")
    expect(place).to_have_attribute("target", "_blank")
    # Only the picture is there yet.
    channel.files["/door.jpg"] = file(samples.picture("JPEG", (600, 400)))
    run_worker()
    picture = line(page).locator("img")
    expect(picture).to_have_js_property("naturalWidth", 600)
    failed = line(page).locator("[data-media=failed]")
    expect(failed).to_contain_text("The channel does not have the file any more.")
    expect(line(page).get_by_role("link", name="Original address")).to_have_attribute("href", channel.url("/bill"))
    # Beside the conversation as well.
    expect(page.locator("[data-part=side] .side-files img")).to_have_count(1)
    # It opens large, in a window of its own.
    with page.context.expect_page() as opened:
        line(page).get_by_role("link", name="door.jpg").click()
    large = opened.value
    large.wait_for_load_state()
    assert large.evaluate("document.images[0].naturalWidth") == 600
    large.close()
    # The document is asked for again, by the keyboard.
    channel.files["/bill"] = file(samples.PDF)
    failed.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(line(page).locator("[data-media=pending]")).to_have_count(1)
    run_worker()
    expect(line(page).locator("a.attachment[download]")).to_contain_text("bill.pdf")
    expect(line(page).locator("[data-media]")).to_have_count(0)


def test_files_of_the_bot_conversation_arrive_too(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, open_desk: OpenDesk
) -> None:
    channel.files["/a.png"] = file(samples.picture("PNG", (300, 200)))
    before = ticket.opened_at - timedelta(minutes=5)
    history = [HistoryLine(True, before, "", [Media("image/png", channel.url("/a.png"))])]
    operations.add_history(ticket.pk, history)
    page = open_desk(agent, ticket)
    expect(page.locator("[data-media=pending]")).to_have_count(1)
    run_worker()
    expect(page.locator(".message img")).to_have_js_property("naturalWidth", 300)


def test_the_speed_of_voice_messages_is_chosen_once(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, open_desk: OpenDesk
) -> None:
    channel.files["/voice"] = file(samples.sound(30))
    say(ticket, channel, ("audio:ogg", "/voice"), ("audio/wav", "/voice"))
    run_worker()
    page = open_desk(agent, ticket)
    players = page.locator(".player audio")
    expect(players).to_have_count(2)
    speed = page.get_by_role("button", name="Playback speed").first
    rates = "[...document.querySelectorAll('.player audio')].map((player) => player.playbackRate)"
    assert page.evaluate(rates) == [1, 1]
    speed.click()
    expect(page.get_by_role("button", name="Playback speed 1.5×")).to_have_count(2)
    assert page.evaluate(rates) == [1.5, 1.5]
    # Kept when one plays, when another comes, and after a reload.
    players.first.evaluate("(player) => { player.muted = true; return player.play(); }")
    until(page, lambda: players.first.evaluate("(player) => player.currentTime") > 0)
    assert players.first.evaluate("(player) => player.playbackRate") == 1.5
    say(ticket, channel, ("audio", "/voice"))
    run_worker()
    expect(players).to_have_count(3)
    assert players.first.evaluate("(player) => player.paused") is False
    players.last.evaluate("(player) => { player.muted = true; return player.play(); }")
    assert players.last.evaluate("(player) => player.playbackRate") == 1.5
    page.reload()
    expect(page.get_by_role("button", name="Playback speed 1.5×")).to_have_count(3)
    speed.click()
    expect(page.get_by_role("button", name="Playback speed 2×")).to_have_count(3)
    # And where one looks back.
    page.goto(page.url.replace(f"/desk/{ticket.pk}/", f"/history/{ticket.pk}/"))
    expect(page.get_by_role("button", name="Playback speed 2×")).to_have_count(3)
    assert page.evaluate(rates) == [2, 2, 2]


def test_without_a_script_there_are_links_and_the_browsers_controls(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, browse: Browse
) -> None:
    channel.files = {"/voice": file(samples.sound())}
    say(ticket, channel, ("audio", "/voice"), ("image", "/late.png"))
    run_worker()
    past = reverse("reports:ticket", args=[desk.project.pk, ticket.pk])
    for path in (f"/projects/{desk.project.pk}/desk/{ticket.pk}/", past):
        page = browse(agent, path, java_script_enabled=False)
        expect(page.locator("audio[controls]")).to_be_visible()
        expect(page.locator("[data-speed-next]")).to_be_hidden()
        page.get_by_role("button", name="Try again").click()
        expect(page).to_have_url(f"{page.url.split('/projects')[0]}{path}")
        expect(page.locator("[data-media=pending]")).to_be_visible()
        run_worker()
    assert Attachment.objects.filter(state=FetchState.FAILED).count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_for_the_checker_to_find(
    desk: Desk, agent: User, ticket: Ticket, channel: Channel, open_desk: OpenDesk, width: int, theme: str
) -> None:
    agent.theme = theme
    agent.save(update_fields=["theme"])
    channel.files = {
        "/door.png": file(samples.picture("PNG", (300, 200))),
        "/voice": file(samples.sound(12)),
        "/film.mp4": file(samples.movie(b"isom", b"vide")),
        "/contract.pdf": file(samples.PDF),
    }
    say(ticket, channel, ("image", "/door.png"), ("audio:ogg", "/voice"), ("document", "/contract.pdf"), text="See")
    say(ticket, channel, ("video", "/film.mp4"))
    say(ticket, channel, ("geo", "-23.5505,-46.6333"), ("contact", "Somebody, +55 11 90000-0000"))
    say(ticket, channel, ("image", "a b.jpg"))
    say(ticket, channel, ("document", "/a-rather-long-name-of-a-file-that-is-gone-for-ever-and-a-day.docx"))
    run_worker()
    say(ticket, channel, ("image", "/old.jpg"))
    Attachment.objects.filter(state=FetchState.PENDING).update(state=FetchState.SKIPPED, next_attempt_at=None)
    say(ticket, channel, ("image", "/late.jpg"))
    page = open_desk(agent, ticket, viewport={"width": width, "height": 1500})
    expect(page.locator("[data-media=pending]")).to_be_visible()
    expect(page.locator(".message img")).to_have_js_property("naturalWidth", 300)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(Axe(), page)
