"""Quick messages with files, from their page to the contact, in a real browser (docs/rules.md, Quick messages)."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.storage import default_storage
from playwright.sync_api import Page, expect

from orgs.models import User
from sectors.models import QuickMessage
from tests.browsing import AT_REST, Browse, OpenDesk
from tests.builders import Desk
from tests.tickets import samples
from tickets.models import Attachment, Delivery, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURE = {"name": "plates.png", "mimeType": "image/png", "buffer": samples.picture()}
PDF = {"name": "menu.pdf", "mimeType": "application/pdf", "buffer": samples.PDF}
EMPTY = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}
CHIPS = "[data-part=files] > [data-file]"


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online()


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket("Maria", callback_url="https://flow.example.org/")


def add(page: Page, text: str, *files: Any, shortcut: str = "menu") -> None:
    """Fill in the form of a new quick message and send it."""
    form = page.locator("details.adder form").first
    if not form.is_visible():
        page.locator("summary").filter(has_text="Add a quick message").click()
    form.get_by_label("Shortcut").fill(shortcut)
    form.get_by_role("textbox", name="Text").fill(text)
    form.get_by_label("Add files").set_input_files([*files])
    form.get_by_role("button", name="Add", exact=True).click()


def insert(page: Page, shortcut: str = "menu") -> None:
    field = page.get_by_role("textbox", name="Write an answer")
    field.press("End")
    field.press_sequentially(f" /{shortcut}")
    expect(page.get_by_role("option", name=f"/{shortcut}")).to_be_visible()
    field.press("Enter")


def test_files_of_a_quick_message_reach_the_contact_and_stay(
    desk: Desk, agent: User, ticket: Ticket, browse: Browse, open_desk: OpenDesk
) -> None:
    settings = browse(desk.administrator, f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/quick-messages/")
    add(settings, "Today’s menu", PICTURE, PDF)
    expect(settings.get_by_role("link", name="plates.png")).to_be_visible()
    expect(settings.get_by_role("link", name="menu.pdf")).to_be_visible()

    page = open_desk(agent, ticket)
    field = page.get_by_role("textbox", name="Write an answer")
    field.press_sequentially("/me")
    option = page.get_by_role("option", name="/menu")
    expect(option).to_contain_text("with 2 files")
    expect(option.locator("img")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("Today’s menu")
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(2)
    # Nothing was sent from the browser: the server had the bytes.
    expect(page.locator(CHIPS).first.locator("img")).to_be_visible()
    # They survive a reload, as others do.
    page.reload()
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(2)
    page.get_by_role("button", name="Remove menu.pdf").click()
    expect(page.locator(CHIPS)).to_have_count(1)
    insert(page)
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(3)
    page.get_by_role("button", name="Remove plates.png").last.click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--out .bubble--picture")).to_be_visible()
    expect(page.locator(".message--out .attachment", has_text="menu.pdf")).to_be_visible()
    expect(page.locator(CHIPS)).to_have_count(0)
    sent = {file.name: file for file in Attachment.objects.all()}
    assert {name: file.content_type for name, file in sent.items()} == {
        "plates.png": "image/png",
        "menu.pdf": "application/pdf",
    }
    assert Delivery.objects.exists()

    settings.reload()
    settings.get_by_role("button", name="Remove menu").click()
    settings.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(settings.get_by_text("No quick messages yet")).to_be_visible()
    assert not QuickMessage.objects.exists()
    for file in sent.values():
        assert default_storage.exists(file.file.name)
        url = page.url.split("/projects/")[0]
        answer = page.request.get(f"{url}/projects/{desk.project.pk}/desk/{ticket.pk}/files/{file.pk}/")
        assert (answer.status, len(answer.body())) == (200, file.size)


def test_files_are_changed_in_the_list_and_what_is_refused_loses_no_word(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/quick-messages/")
    add(page, "Kept", PDF, EMPTY)
    expect(page.get_by_role("alert")).to_contain_text("empty.txt: The file is empty.")
    form = page.locator("details.adder form").first
    expect(form.get_by_role("textbox", name="Text")).to_have_value("Kept")
    form.get_by_label("Add files").set_input_files([PDF])
    form.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Edit menu").click()
    row = page.locator(".rows__item--edit")
    row.get_by_role("textbox", name="Text").fill("Changed")
    row.get_by_label("Add files").set_input_files([EMPTY])
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("empty.txt: The file is empty.")
    expect(row.get_by_role("textbox", name="Text")).to_have_value("Changed")
    row.get_by_role("checkbox", name="Remove menu.pdf").check()
    row.get_by_label("Add files").set_input_files([PICTURE])
    row.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="plates.png")).to_be_visible()
    expect(page.get_by_role("link", name="menu.pdf")).to_have_count(0)
    expect(page.locator("#quick-list")).to_contain_text("Changed")


def test_a_quick_message_without_a_text_inserts_its_files(
    desk: Desk, agent: User, ticket: Ticket, browse: Browse, open_desk: OpenDesk
) -> None:
    page = browse(agent, f"/projects/{desk.project.pk}/quick-messages/", java_script_enabled=False)
    add(page, "", PDF)
    expect(page.get_by_role("link", name="menu.pdf")).to_be_visible()
    page = open_desk(agent, ticket)
    insert(page)
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(1)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--out .attachment", has_text="menu.pdf")).to_be_visible()


def test_more_files_than_a_message_takes_are_refused_in_words(
    desk: Desk, agent: User, ticket: Ticket, browse: Browse, open_desk: OpenDesk
) -> None:
    page = browse(agent, f"/projects/{desk.project.pk}/quick-messages/")
    add(page, "Six", *[{**PDF, "name": f"{n}.pdf"} for n in range(6)])
    expect(page.get_by_role("link", name="5.pdf")).to_be_visible()
    page = open_desk(agent, ticket)
    insert(page)
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(6)
    page.get_by_role("textbox", name="Write an answer").fill("")
    insert(page)
    expect(page.get_by_text("With the files of /menu there would be more than 10.")).to_be_visible()
    expect(page.locator(CHIPS)).to_have_count(6)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_for_the_checker_to_find(
    desk: Desk, agent: User, ticket: Ticket, browse: Browse, open_desk: OpenDesk, width: int, theme: str
) -> None:
    for user in (agent, desk.administrator):
        user.theme = theme
        user.save(update_fields=["theme"])
    size = {"width": width, "height": 800}
    page = browse(
        desk.administrator,
        f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/quick-messages/",
        viewport=size,
    )
    add(page, "Today’s menu", PICTURE, PDF, {**PDF, "name": f"{'a-very-long-name-' * 6}.pdf"})
    expect(page.get_by_role("link", name="plates.png")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Edit menu").click()
    expect(page.locator(".rows__item--edit")).to_be_visible()
    looked_at(page)
    page = open_desk(agent, ticket, viewport=size)
    page.get_by_role("textbox", name="Write an answer").press_sequentially("/me")
    expect(page.get_by_role("option", name="/menu").locator("img")).to_be_visible()
    looked_at(page)
    page.get_by_role("textbox", name="Write an answer").press("Enter")
    expect(page.locator(f"{CHIPS}[data-state=ready]")).to_have_count(3)
    looked_at(page)


def looked_at(page: Page) -> None:
    page.evaluate(AT_REST)
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
