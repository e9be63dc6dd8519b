"""The operators' page of e-mails that this installation wrote instead of sending them (docs/admin.md)."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from orgs.models import Organization, User
from tests.builders import administrator_of, person
from tests.pages import text_of


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path) -> Path:
    """A folder that e-mails are written to, as with ``make run``."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


@pytest.fixture
def operator(db: None) -> Client:
    """An operator's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("operator@example.org", "a-long-password-of-the-test"))
    return client


def test_the_latest_stand_first_with_their_links(mailbox: Path, operator: Client) -> None:
    mail.send_mail("First <b>", "See http://localhost:8000/invitations/abc/", None, ["ana@example.org"])
    mail.send_mail("Second", "<script>alert(1)</script> javascript:alert(1)", None, ["rui@example.org"])
    answer = operator.get(reverse("outgoing_mail"))
    page = answer.content.decode()
    assert page.index("Second") < page.index("First &lt;b&gt;")
    assert 'href="http://localhost:8000/invitations/abc/"' in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert str(mailbox) in text_of(answer)
    assert "no-store" in answer["Cache-Control"]


def test_html_alone_is_shown_as_text(mailbox: Path, operator: Client) -> None:
    letter = mail.EmailMessage("Page", "<p>Hello <img src=x onerror=alert(1)></p>", None, ["ana@example.org"])
    letter.content_subtype = "html"
    letter.send()
    page = operator.get(reverse("outgoing_mail")).content.decode()
    assert "Hello" in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nonsense\n\nHello", b"-" * 79, b"To: \n"]
)
def test_what_is_broken_breaks_nothing(mailbox: Path, operator: Client, raw: bytes) -> None:
    mailbox.mkdir()
    (mailbox / "20260101-000000-1.log").write_bytes(raw)
    assert operator.get(reverse("outgoing_mail")).status_code == 200


def test_it_is_for_operators(mailbox: Path, organization: Organization) -> None:
    client = Client()
    assert client.get(reverse("outgoing_mail")).status_code == 302
    client.force_login(person())
    answer = client.get(reverse("outgoing_mail"), follow=True)
    assert answer.status_code == 403


def test_whoever_invites_is_told_that_no_mail_leaves(mailbox: Path, organization: Organization) -> None:
    client = Client()
    client.force_login(administrator_of(organization))
    url = reverse("orgs:organization_members", args=[organization.pk])
    assert "This installation sends no e-mail." in text_of(client.get(url))
    client.post(url, {"emails": "Silva, Ana <new@example.org>", "role": "viewer"})
    page = text_of(client.get(url))
    assert "Copy link" in page
    assert "Ana Silva" in page


def test_with_a_mail_server_nothing_of_it_is_said(organization: Organization, operator: Client) -> None:
    client = Client()
    client.force_login(administrator_of(organization))
    url = reverse("orgs:organization_members", args=[organization.pk])
    assert "sends no e-mail" not in text_of(client.get(url))
    assert "leave through the mail server" in text_of(operator.get(reverse("outgoing_mail")))


def test_nobody_is_told_to_wait_for_mail_that_does_not_leave(mailbox: Path, organization: Organization) -> None:
    """Nor does a way out stay unnamed: who runs the installation, or the link that is passed on by hand."""
    client = Client()
    forgot = reverse("account_reset_password")
    assert "This installation sends no e-mail." in text_of(client.get(forgot))
    done = text_of(client.post(forgot, {"email": "nobody@example.org"}, follow=True))
    assert "This installation sends no e-mail." in done
    assert "on its way" not in done
    assert "Check your e-mail" not in done

    administrator = administrator_of(organization)
    client.force_login(administrator)
    url = reverse("orgs:organization_members", args=[organization.pk])
    said = text_of(client.post(url, {"emails": "new@example.org", "role": "viewer"}, follow=True))
    assert "copy the link and pass it on" in said
    invitation = organization.invitations.get()
    again = reverse("orgs:invitation_resend", args=[organization.pk, invitation.pk])
    said = text_of(client.post(again, follow=True))
    assert "copy the link and pass it on" in said
    assert "on its way" not in said

    address = reverse("account_email")
    page = text_of(client.get(address, follow=True))
    assert "This installation sends no e-mail." in page
