"""How e-mails look: one frame, text and HTML that say the same (docs/design.md)."""

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core.mail import MARK, message, parts_of
from orgs.models import User
from tests.builders import Desk, person

from .accounts import PASSWORD, signs_in


class Words(HTMLParser):
    """The words that HTML shows, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += data.split()


def html_of(sent: Any) -> str:
    [alternative] = sent.alternatives
    assert alternative.mimetype == "text/html"
    return str(alternative.content)


def test_the_html_says_what_the_text_says(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    client.post(
        reverse("orgs:project_members", args=[desk.project.pk]), {"emails": "new@example.org", "role": "attendant"}
    )
    user = person()
    user.set_password(PASSWORD)
    user.save()
    Client().post(reverse("account_reset_password"), {"email": user.email})
    changed = signs_in(user)
    changed.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    changed.post(reverse("account_email"), {"action_add": "1", "email": "next@example.org"})
    changed.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another long passphrase", "password2": "another long passphrase"},
    )
    assert len(mail.outbox) >= 4
    for sent in mail.outbox:
        shown = Words(html_of(sent))
        missing = [word for word in str(sent.body).split() if word not in shown.words]
        assert missing == [], sent.subject
        urls = [word for word in str(sent.body).split() if word.startswith("http")]
        assert set(urls) <= set(shown.links)
    [invitation] = [sent for sent in mail.outbox if sent.to == ["new@example.org"]]
    assert f"{desk.project.name} (Human attendance)" in str(invitation.body)


@pytest.mark.parametrize(("language", "button"), [("en", "Choose a new password"), ("es", None), ("pt-br", None)])
def test_an_e_mail_is_in_the_language_of_its_page(db: None, language: str, button: str | None) -> None:
    user = person()
    Client(headers={"accept-language": language}).post(reverse("account_reset_password"), {"email": user.email})
    [sent] = mail.outbox
    assert f'<html lang="{language}" ' in html_of(sent)
    if button:
        assert button in html_of(sent)


def test_what_others_wrote_is_text(db: None) -> None:
    made = message("a@example.org", "<b>Hi</b>", 'From <script>alert(1)</script>\n\nhttps://a.example/?a=1&b=2"x')
    html = html_of(made)
    assert "<script>" not in html
    assert "<b>" not in html
    assert 'href="https://a.example/?a=1&amp;b=2&quot;x"' in html


def test_the_mark_is_in_the_e_mail_itself(db: None) -> None:
    made = message("a@example.org", "Hi", "Hello")
    read = message_from_bytes(made.message().as_bytes(), policy=policy.default)
    assert read.get_content_type() == "multipart/related"
    assert read.get_body(("plain",)).get_content().strip() == "Hello"  # type: ignore[attr-defined]
    [picture] = [part for part in read.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{MARK}>"
    assert f'src="cid:{MARK}"' in html_of(made)
    assert "http" not in html_of(made).replace("http://localhost:8000", "")


def test_a_line_that_is_a_link_stands_for_itself() -> None:
    parts = parts_of("One\ntwo\n\nOpen:\r\nhttps://a.example/x\n\n\nEnd https://b.example/")
    assert [(part.lines, part.url) for part in parts] == [
        (["One", "two"], ""),
        (["Open:"], ""),
        ([], "https://a.example/x"),
        (["End https://b.example/"], ""),
    ]


class Styles(HTMLParser):
    """The style of each element, and the sheets that are left."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.styles: list[tuple[str, str, str]] = []
        self.sheet = ""
        self.in_sheet = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.in_sheet = tag == "style"
        of = dict(attrs)
        self.styles.append((tag, of.get("class") or "", of.get("style") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.in_sheet = False

    def handle_data(self, data: str) -> None:
        self.sheet += data if self.in_sheet else ""


def test_styles_stand_in_the_elements(db: None) -> None:
    read = Styles(html_of(message("a@example.org", "Hi", "Hello\n\nhttps://a.example/x\n\nThank you")))
    for tag, named, style in read.styles:
        assert style or (tag not in {"body", "h1", "p", "a"} and not named), (tag, named)
    [button] = [style for _tag, named, style in read.styles if named == "button"]
    assert "background-color: #0b6a61" in button
    assert "color: #ffffff" in button


def test_the_sheet_that_is_left_is_for_dark_colours_and_narrow_screens(db: None) -> None:
    sheet = Styles(html_of(message("a@example.org", "Hi", "Hello"))).sheet
    assert "@media (prefers-color-scheme: dark)" in sheet
    assert "@media (max-width: 480px)" in sheet
    # An element's own style is stronger than any rule of a sheet but an important one.
    assert [rule for rule in sheet.split(";") if ":" in rule.partition("{")[2] and "!important" not in rule] == []
    outside = re.sub(r"@media[^{]+\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", sheet)
    assert outside.strip() == ""


def test_an_account_without_name_has_e_mails_too(db: None) -> None:
    user = User.objects.create_user("nobody@example.org")
    Client().post(reverse("account_reset_password"), {"email": user.email})
    assert [sent.to for sent in mail.outbox] == [[user.email]]
