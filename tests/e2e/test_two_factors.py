"""Two-step sign-in in a browser (docs/rules.md, Signing in): the app, recovery codes, security keys, devices."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from orgs.models import User
from tests.browsing import AT_REST
from tests.builders import Desk
from tests.every_page import IN_THEME, THEMES

from .streams import PASSWORD, Stream, Visitor
from .test_ending_access import AT_ONCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person(transactional_db: None) -> User:
    """An agent with a password."""
    user = Desk.set_up().agent_online()
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complain of: nothing, at the end of each test."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def stranger(chromium: Any, origin: str, complaints: list[str]) -> Iterator[Callable[[], Page]]:
    """Return a function that opens a browser of its own at the sign-in page, at a host that may have passkeys."""
    contexts = []

    def new() -> Page:
        context = chromium.new_context(
            base_url=origin.replace("127.0.0.1", "localhost"),
            locale="en-US",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/accounts/login/")
        return page

    yield new
    for context in contexts:
        context.close()


def code_of(secret: str) -> str:
    """Return the code that an app with the secret shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def code_with_time(secret: str, used: str = "") -> str:
    """Return the app's code once it is not ``used`` and holds for long enough to be typed; it does for 30 seconds."""
    end = time.monotonic() + 65
    while time.time() % 30 > 12 or code_of(secret) == used:
        assert time.monotonic() < end
        time.sleep(0.25)
    return code_of(secret)


def give_password(page: Page, user: User) -> None:
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def show_it_is_you(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def show_it_is_you_if_asked(page: Page, wanted: Locator) -> None:
    """Where what is wanted is not shown yet, the page asks first."""
    asked = page.get_by_role("heading", name="Is it you?")
    expect(asked.or_(wanted).first).to_be_visible()
    if asked.is_visible():
        show_it_is_you(page)
    expect(wanted).to_be_visible()


def usable(page: Page) -> None:
    """The page at hand fits a phone and can be used by everyone, in both themes."""
    size = page.viewport_size
    # A toast that is just leaving has no contrast any more.
    page.evaluate("document.querySelectorAll('.toast-note').forEach(toast => toast.remove())")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{page.url} at {width}"
        for theme in THEMES:
            page.evaluate(IN_THEME, theme)
            page.evaluate(AT_REST)
            found = Axe().run(page).response["violations"]
            assert found == [], (page.url, width, theme, [(v["id"], v["nodes"][0]["html"]) for v in found])
    assert size is not None
    page.set_viewport_size(size)


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/accounts/login/"))
    page.goto("/accounts/login/")


def set_up_app(page: Page) -> tuple[str, str]:
    """Set the app up on the page of one's security; returns its secret and the code that was used."""
    page.goto("/security/")
    page.get_by_role("link", name="Set up · Authenticator app").click()
    usable(page)
    show_it_is_you(page)
    usable(page)
    picture = page.get_by_role("img", name="QR code for the authenticator app")
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth > 100")
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Enter the code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Incorrect code").first).to_be_visible()
    assert page.locator("#secret").inner_text() == secret
    code = code_with_time(secret)
    page.get_by_label("Enter the code").fill(code)
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    # Nothing to be warned of.
    expect(page.locator(".toast-note[data-level=success]", has_text="New recovery codes")).to_be_visible()
    return secret, code


def test_the_app_and_recovery_codes(person: User, stranger: Callable[[], Page], tmp_path: Path) -> None:
    page = stranger()
    give_password(page, person)
    page.wait_for_url(re.compile("/projects/"))
    secret, code = set_up_app(page)
    usable(page)
    codes = page.locator("[data-codes] li").all_inner_texts()
    assert len(set(codes)) == 10
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "codes.txt")
    assert (tmp_path / "codes.txt").read_text().split()[-10:] == codes
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("10 of 10 left")).to_be_visible()
    page.goto("/accounts/2fa/recovery-codes/")
    expect(page.get_by_text("can’t be shown again")).to_be_visible()
    expect(page.get_by_text(codes[0])).to_have_count(0)

    sign_out(page)
    give_password(page, person)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    usable(page)
    for refused in ("000000", code):  # wrong; used when the app was set up, unless its time is over
        page.get_by_label("Code", exact=True).fill(refused)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text("Incorrect code").first).to_be_visible()
    page.get_by_label("Code", exact=True).fill(code_with_time(secret, used=code))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/projects/"))

    sign_out(page)
    give_password(page, person)
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/projects/"))
    sign_out(page)
    give_password(page, person)
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect code").first).to_be_visible()
    page.get_by_label("Code", exact=True).fill(codes[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/projects/"))

    page.goto("/accounts/password/change/")
    usable(page)
    page.goto("/security/")
    usable(page)
    expect(page.get_by_text("8 of 10 left")).to_be_visible()
    page.get_by_role("link", name="Make new codes").click()
    show_it_is_you_if_asked(page, page.get_by_text("stop working at once"))
    page.get_by_role("button", name="Make new codes").click()
    expect(page.locator("[data-codes] li")).to_have_count(10)
    assert not set(page.locator("[data-codes] li").all_inner_texts()) & set(codes)
    page.goto("/security/")
    page.get_by_role("link", name="Remove · Authenticator app").click()
    usable(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The authenticator app is removed.")).to_be_visible()
    assert not Authenticator.objects.filter(user=person).exists()


def virtual_key(page: Page) -> Any:
    """Give a browser a key of its own that confirms by itself; returns the devtools session."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    session.key = added["authenticatorId"]
    return session


def add_key(page: Page, name: str, *, alone: bool) -> None:
    page.goto("/security/")
    page.get_by_role("link", name="Add · Passkey or security key").click()
    show_it_is_you_if_asked(page, page.get_by_label("Name"))
    page.get_by_label("Name").fill(name)
    if alone:
        page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add").click()


def test_a_security_key_is_the_second_step(person: User, stranger: Callable[[], Page]) -> None:
    page = stranger()
    virtual_key(page)
    give_password(page, person)
    page.wait_for_url(re.compile("/projects/"))
    add_key(page, "Blue key", alone=False)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("Blue key Security key")).to_be_visible()
    expect(page.get_by_text("Not used yet")).to_be_visible()

    sign_out(page)
    give_password(page, person)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(re.compile("/projects/"))
    page.goto("/security/")
    expect(page.get_by_text("Last used on")).to_be_visible()

    page.get_by_role("link", name="Rename · Blue key").click()
    show_it_is_you_if_asked(page, page.get_by_label("Name"))
    page.get_by_label("Name").fill("Green key")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Green key Security key")).to_be_visible()
    page.goto("/security/")
    page.get_by_role("link", name="Remove · Green key").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()
    assert not Authenticator.objects.filter(user=person).exists()


def test_a_passkey_signs_in_alone(person: User, stranger: Callable[[], Page]) -> None:
    page = stranger()
    session = virtual_key(page)
    give_password(page, person)
    page.wait_for_url(re.compile("/projects/"))
    add_key(page, "Laptop", alone=True)
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("Laptop Passkey")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile("/projects/"))

    sign_out(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": session.key, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That was stopped, or it took too long.")).to_be_visible()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": session.key, "isUserVerified": True})
    Authenticator.objects.filter(user=person).delete()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That key was removed from your account on")).to_be_visible()


def test_the_password_is_changed_by_mail(person: User, stranger: Callable[[], Page], server_folder: Path) -> None:
    page = stranger()
    for address in (person.email, "nobody@example.org"):
        page.goto("/accounts/login/")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("button", name="Send the link").click()
        expect(page.get_by_role("heading", name="This installation sends no e-mail.")).to_be_visible()
    (letter,) = (server_folder / "mail").iterdir()
    text = letter.read_text().replace("=\n", "").replace("=3D", "=")
    found = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", text)
    assert found, text
    page.goto(found[1])
    for field in page.locator("input[type=password]").all():
        field.fill("another horse battery")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    page.goto(found[1])
    expect(page.get_by_role("heading", name="This link doesn’t work any more")).to_be_visible()


def test_signing_out_elsewhere_ends_the_page_there(person: User, stranger: Callable[[], Page]) -> None:
    here, there = stranger(), stranger()
    for page in (here, there):
        give_password(page, person)
        page.wait_for_url(re.compile("/desk/"))
    here.goto("/security/")
    expect(here.get_by_text("This device")).to_be_visible()
    here.get_by_role("button", name="Sign out everywhere else").click()
    here.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(here.get_by_text("Signed out on one other device.")).to_be_visible()
    there.wait_for_url(re.compile("/accounts/login/"))
    here.goto("/security/")
    expect(here.get_by_text("This device")).to_be_visible()


class Stranger(Visitor):
    """A browser in which nobody is signed in."""

    def __init__(self, origin: str) -> None:
        self.client = httpx.Client(base_url=origin, timeout=60)


#: What a person does on one device, and the others' open streams end.
ENDINGS = ["one device", "all others", "password", "app", "reset"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_open_streams_elsewhere_end_at_once(person: User, origin: str, ending: str, server_folder: Path) -> None:
    here, there = (Visitor(origin, person.email) for _ in range(2))
    project = person.project_memberships.get().project_id
    stream: Stream = there.stream(project)
    own: Stream = here.stream(project)
    here.post("/accounts/reauthenticate/", password=PASSWORD)
    new = "another horse battery"
    if ending == "app":
        Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    page = here.get("/security/").text
    device = re.search(r"/security/devices/(\d+)/sign-out/", page)
    assert device
    if ending == "reset":
        here.post("/accounts/password/reset/", email=person.email)
        (letter,) = (server_folder / "mail").iterdir()
        found = re.search(
            r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", letter.read_text().replace("=\n", "")
        )
        assert found
        other = Stranger(origin)
        form = str(other.get(found[1], follow_redirects=True).url)
    done = {
        "one device": lambda: here.post(device[0]),
        "all others": lambda: here.post("/security/devices/sign-out/"),
        "password": lambda: here.post(
            "/accounts/password/change/", oldpassword=PASSWORD, password1=new, password2=new
        ),
        "app": lambda: here.post("/accounts/2fa/totp/deactivate/"),
        "reset": lambda: other.post(form, page=form, password1=new, password2=new),
    }[ending]()
    assert done.status_code == 302, done.text[:500]
    assert stream.within(AT_ONCE, lambda: stream.ended), stream.kinds
    assert there.get("/security/").status_code == 302
    if ending != "reset":
        assert here.get("/security/").status_code == 200
    own.close()
    stream.close()
