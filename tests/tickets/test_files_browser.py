"""Files at the desk in a real browser, with the real server (docs/desk.md, Files)."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.storage import default_storage
from playwright.sync_api import Locator, Page, expect

from orgs.models import User
from tests.browsing import AT_REST, Browse, OpenDesk, until
from tests.builders import Desk
from tests.tickets import samples
from tickets.models import Attachment, Message, Ticket, Upload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A file as a browser hands it to a page, made there: what is dropped and pasted.
CARRIED = """([selector, kind, files]) => {
  const carried = new DataTransfer();
  for (const [name, type, size] of files) {
    carried.items.add(new File([new Uint8Array(size).fill(97)], name, { type }));
  }
  const element = document.querySelector(selector);
  const options = { bubbles: true, cancelable: true };
  if (kind === "paste") element.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: carried }));
  else for (const name of kind.split(" ")) {
    element.dispatchEvent(new DragEvent(name, { ...options, dataTransfer: carried }));
  }
}"""
LINES, TEXT = "[data-part=lines]", "form[data-composer] textarea"


@pytest.fixture
def folder(server_folder: Path) -> Path:
    """Where the server keeps files."""
    return server_folder / "media"


def file(name: str, raw: bytes, kind: str = "") -> dict[str, Any]:
    return {"name": name, "mimeType": kind or "application/octet-stream", "buffer": raw}


def chosen(page: Page) -> Locator:
    return page.locator("[data-part=files] > [data-file]")


def spoken(bar: Locator) -> None:
    """Wait until at least a second is recorded; a hidden bar still says how long the recording before was."""
    expect(bar).to_be_visible()
    expect(bar).to_contain_text(re.compile(r"0:(0[1-9]|[1-5]\d)"))


def write(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Write an answer")


def test_files_are_chosen_seen_removed_and_sent(desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk) -> None:
    page = open_desk(agent, ticket)
    picture = samples.picture("PNG", (600, 400))
    page.get_by_label("Add files").set_input_files(
        [file("door.png", picture, "image/png"), file("bill.pdf", samples.PDF), file("voice.wav", samples.sound())]
    )
    # Each with its name, its size and what it looks like; the text has the focus.
    expect(chosen(page)).to_have_count(3)
    for row in chosen(page).all():
        expect(row).to_have_attribute("data-state", "ready")
        expect(row.locator("progress")).to_be_hidden()
    expect(chosen(page).first.locator("img")).to_be_visible()
    expect(chosen(page).nth(1)).to_contain_text("bill.pdf")
    expect(write(page)).to_be_focused()
    # One is removed, by the keyboard.
    page.get_by_role("button", name="Remove bill.pdf").focus()
    page.keyboard.press("Enter")
    expect(chosen(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Remove voice.wav")).to_be_focused()
    expect(page.locator("[data-part=announce]")).to_have_text("bill.pdf is removed.")
    # Sent with the text.
    write(page).fill("Here they are")
    write(page).press("Enter")
    line = page.locator(".message--out")
    expect(line.locator(".bubble").first).to_have_text("Here they are")
    expect(chosen(page)).to_have_count(0)
    expect(line.locator("img")).to_be_visible()
    expect(line.locator("img")).to_have_js_property("naturalWidth", 600)
    expect(line.locator("audio")).to_be_visible()
    expect(line.locator("audio")).to_have_js_property("duration", 1)
    [message] = Message.objects.filter(ticket=ticket)
    assert [sent.name for sent in message.attachments.all()] == ["door.png", "voice.wav"]
    assert not Upload.objects.exists()
    # The small picture leads to the large one, in a window of its own.
    with page.context.expect_page() as opened:
        line.get_by_role("link", name="door.png").click()
    large = opened.value
    large.wait_for_load_state()
    assert large.evaluate("document.images[0].naturalWidth") == 600


def test_files_alone_are_a_message_and_a_document_is_saved(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    page.get_by_label("Add files").set_input_files([file("page.html", samples.HTML, "text/html")])
    page.get_by_role("button", name="Send").click()
    link = page.locator(".message--out a.attachment")
    expect(link).to_contain_text("page.html")
    with page.expect_download() as saved:
        link.click()
    assert saved.value.suggested_filename == "page.html"
    assert Path(saved.value.path()).read_bytes() == samples.HTML


def test_files_are_dropped_onto_the_conversation(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    carried = [["a.txt", "text/plain", 10], ["b.txt", "text/plain", 20]]
    pane = page.locator("[data-part=conversation]")
    page.evaluate(CARRIED, [LINES, "dragenter dragover", carried])
    expect(pane).to_have_class("pane desk__conversation desk__conversation--drop")
    page.evaluate(CARRIED, [LINES, "drop", carried])
    expect(pane).to_have_class("pane desk__conversation")
    expect(chosen(page)).to_have_count(2)
    expect(page.locator("[data-file][data-state=ready]")).to_have_count(2)
    # Beside the conversation nothing happens, and the page stays.
    page.evaluate(CARRIED, ["[data-part=worklist]", "dragover drop", carried])
    expect(chosen(page)).to_have_count(2)


def test_the_choice_of_files_opens_by_a_key(desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk) -> None:
    page = open_desk(agent, ticket)
    # From now on the browser hands its choice of files over; told only at the key, it may come too late.
    page.on("filechooser", lambda _choice: None)
    expect(page.locator("form[data-composer]")).to_be_visible()
    page.locator("[data-part=head]").focus()
    with page.expect_file_chooser() as choice:
        page.keyboard.press("f")
    assert choice.value.is_multiple()
    choice.value.set_files([file("a.txt", b"a"), file("b.txt", b"b")])
    expect(page.locator("[data-file][data-state=ready]")).to_have_count(2)


def test_a_picture_is_pasted(desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk) -> None:
    page = open_desk(agent, ticket)
    page.evaluate(CARRIED, [TEXT, "paste", [["image.png", "image/png", 30]]])
    expect(page.locator("[data-file][data-state=ready]")).to_contain_text("image.png")


PASTED = """([selector, files, texts]) => {
  const data = new DataTransfer();
  for (const [name, type] of files) data.items.add(new File(["abc"], name, { type }));
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
  return !document.querySelector(selector).dispatchEvent(event);
}"""
_PDF, _PNG = ["report.pdf", "application/pdf"], ["image.png", "image/png"]


def test_of_text_and_files_on_the_clipboard_what_is_meant_is_pasted(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    # An office program: the text, and a picture of it. The browser pastes the text.
    for texts in ({"text/plain": "A\tB", "text/html": "<table>"}, {"text/plain": "50% off, see image.png"}):
        assert not page.evaluate(PASTED, [TEXT, [_PNG], texts])
    expect(chosen(page)).to_have_count(0)
    # A file manager: the files, and their names or addresses.
    for number, (files, text) in enumerate(
        [([_PDF], "report.pdf"), ([_PDF, _PNG], "/home/me/report.pdf"), ([_PNG], "file:///home/me/image.png")], 1
    ):
        assert page.evaluate(PASTED, [TEXT, files, {"text/plain": text}]), text
        expect(chosen(page)).to_have_count([1, 3, 4][number - 1])
    # A picture alone, with the address it has in a page.
    assert page.evaluate(PASTED, [TEXT, [_PNG], {"text/html": "<img>"}])
    expect(page.locator(TEXT)).to_have_value("")


def test_progress_is_shown_and_sending_waits_for_it(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000},
    )
    # Written down in the page: a look from outside may come when it is over.
    page.evaluate(
        """() => {
          window.seen = new Set();
          const files = document.querySelector("[data-part=files]");
          new MutationObserver(() => {
            const bar = files.querySelector("progress");
            if (bar && !bar.hidden) seen.add(`${bar.getAttribute("aria-label")}: ${bar.value}`);
          }).observe(files, { subtree: true, childList: true, attributes: true });
        }"""
    )
    page.get_by_label("Add files").set_input_files([file("long.bin", bytes(1_200_000))])
    write(page).press("Enter")
    until(page, lambda: page.evaluate("seen.size") > 2)
    assert all(one.startswith("Progress of long.bin: ") for one in page.evaluate("[...seen]"))
    expect(page.locator(".message--out a.attachment")).to_contain_text("long.bin")
    assert Attachment.objects.get().size == 1_200_000


def test_what_can_not_be_sent_says_why_and_costs_nothing_else(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    write(page).fill("Two of these")
    page.get_by_label("Add files").set_input_files(
        [file("empty.txt", b""), file("bomb.png", samples.bomb()), file("good.txt", b"good")]
    )
    page.get_by_label("Add files").set_input_files([file("wall.jpg", bytes(5 * 1024 * 1024 + 1), "image/jpeg")])
    expect(chosen(page).nth(3)).to_contain_text("Larger than 5 MB, the most that a JPEG or PNG may have.")
    page.get_by_role("button", name="Remove wall.jpg").click()
    expect(chosen(page).nth(0)).to_contain_text("The file is empty.")
    expect(chosen(page).nth(1)).to_contain_text("more than 50 million pixels")
    expect(chosen(page).nth(2)).to_have_attribute("data-state", "ready")
    write(page).press("Enter")
    expect(page.get_by_text("Remove the file that could not be added, or try it again.")).to_be_visible()
    expect(write(page)).to_have_value("Two of these")
    assert not Message.objects.exists()
    page.get_by_role("button", name="Remove empty.txt").click()
    page.get_by_role("button", name="Remove bomb.png").click()
    write(page).press("Enter")
    expect(page.locator(".message--out a.attachment")).to_contain_text("good.txt")


def test_a_broken_connection_keeps_everything_and_can_be_tried_again(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    write(page).fill("See here")
    page.route("**/uploads/", lambda route: route.abort())
    page.get_by_label("Add files").set_input_files([file("a.txt", b"text")])
    expect(chosen(page)).to_contain_text("There is no connection to the server.")
    page.unroute("**/uploads/")
    page.get_by_role("button", name="Try a.txt again").click()
    expect(chosen(page)).to_have_attribute("data-state", "ready")
    # Sending fails: text and file are still there, after a reload too.
    page.route("**/messages/", lambda route: route.abort())
    write(page).press("Enter")
    expect(page.get_by_text("There is no connection to the server. What you typed is still here.")).to_be_visible()
    expect(chosen(page)).to_have_count(1)
    page.unroute("**/messages/")
    page.reload()
    expect(write(page)).to_have_value("See here")
    expect(chosen(page)).to_contain_text("a.txt")
    # What the server has thrown away by now is named, and can go.
    kept = Upload.objects.get()
    Upload.objects.all().delete()
    write(page).press("Enter")
    expect(page.get_by_text("A file you added is not here any more.")).to_be_visible()
    expect(chosen(page)).to_contain_text("Not here any more. Add it again.")
    kept.save()
    page.get_by_role("button", name="Remove a.txt").click()
    write(page).press("Enter")
    expect(page.locator(".message--out .bubble")).to_have_text("See here")


def test_files_stay_with_their_ticket(desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk) -> None:
    other = desk.open_ticket()
    page = open_desk(agent, ticket)
    page.get_by_label("Add files").set_input_files([file("first.txt", b"1")])
    expect(page.locator("[data-file][data-state=ready]")).to_have_count(1)
    page.locator(f"a[data-ticket='{other.pk}']").click()
    expect(page.locator("[data-part=conversation]")).to_have_attribute(
        "aria-label", f"Conversation with {other.contact.name}"
    )
    expect(chosen(page)).to_have_count(0)
    page.locator(f"a[data-ticket='{ticket.pk}']").click()
    expect(chosen(page)).to_contain_text("first.txt")


def test_a_voice_message_is_recorded(desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk) -> None:
    page = open_desk(agent, ticket, permissions=["microphone"])
    page.evaluate(
        """() => {
          navigator.mediaDevices.getUserMedia = async () => {
            const context = new AudioContext();
            const tone = context.createOscillator();
            const target = context.createMediaStreamDestination();
            tone.connect(target);
            tone.start();
            return target.stream;
          };
        }"""
    )
    page.get_by_role("button", name="Record a voice message").click()
    bar = page.get_by_role("group", name="Recording")
    spoken(bar)
    bar.get_by_role("button", name="Discard").click()
    expect(bar).to_be_hidden()
    expect(chosen(page)).to_have_count(0)
    page.get_by_role("button", name="Record a voice message").click()
    spoken(bar)
    bar.get_by_role("button", name="Add the recording").click()
    expect(page.locator("[data-file][data-state=ready] audio")).to_be_visible()
    write(page).press("Enter")
    expect(page.locator(".message--out audio")).to_be_visible()
    # Whoever sends while they speak has spoken.
    page.get_by_role("button", name="Record a voice message").click()
    spoken(bar)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--out audio")).to_have_count(2)
    expect(bar).to_be_hidden()
    assert {file.content_type.partition("/")[0] for file in Attachment.objects.all()} == {"audio"}


def test_a_microphone_that_is_refused_is_explained(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk
) -> None:
    page = open_desk(agent, ticket)
    for name, said in (
        ("NotAllowedError", "does not let this page use the microphone"),
        ("NotFoundError", "No microphone was found."),
    ):
        page.evaluate(
            "(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); }; }",
            name,
        )
        page.get_by_role("button", name="Record a voice message").click()
        expect(page.get_by_text(said)).to_be_visible()


def test_the_form_works_without_a_script(desk: Desk, agent: User, ticket: Ticket, browse: Browse) -> None:
    page = browse(agent, f"/projects/{desk.project.pk}/desk/{ticket.pk}/", java_script_enabled=False)
    page.get_by_label("Add files").set_input_files([file("a.txt", b"one"), file("b.txt", b"two")])
    page.locator(TEXT).fill("x" * 100)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--out .attachment")).to_have_count(2)
    # Refused: the sentence, the text and the files that came through are there.
    page.locator(TEXT).fill("Again")
    page.get_by_label("Add files").set_input_files([file("good.txt", b"one"), file("empty.txt", b"")])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The file is empty. Choose another one.")).to_be_visible()
    expect(page.locator(TEXT)).to_have_value("Again")
    expect(page.get_by_label("good.txt")).to_be_checked()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--out .attachment")).to_have_count(3)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_for_the_checker_to_find(
    desk: Desk, agent: User, ticket: Ticket, open_desk: OpenDesk, width: int, theme: str
) -> None:
    agent.theme = theme
    agent.save(update_fields=["theme"])
    page = open_desk(agent, ticket, viewport={"width": width, "height": 800})
    for raw, name in ((samples.picture(), "a.png"), (samples.sound(), "a.wav"), (samples.PDF, "a.pdf")):
        page.get_by_label("Add files").set_input_files([file(name, raw)])
    expect(page.locator("[data-file][data-state=ready]")).to_have_count(3)
    page.locator(TEXT).press("Enter")
    expect(page.locator(".message--out audio")).to_be_visible()
    page.get_by_label("Add files").set_input_files(
        [
            file("door.png", samples.picture(), "image/png"),
            file("voice.wav", samples.sound(), "audio/wav"),
            file("no.txt", b""),
        ]
    )
    expect(page.locator("[data-file][data-state=ready]")).to_have_count(2)
    expect(page.locator("[data-file][data-state=failed]")).to_have_count(1)
    page.evaluate(AT_REST)
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert default_storage.exists(Attachment.objects.first().file.name)
