"""Letters through a real mail server (docs/rules.md, Invitations)."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from django.urls import reverse

from orgs.models import Invitation, Organization, OrganizationMembership, User
from tests.builders import administrator_of
from tests.pages import said
from tests.serving import free_port

NEW = "newcomer@example.org"
PASSWORD = "a-long-password-of-the-test"


class Post:
    """The server: connections and letters that it got; addresses that begin with ``no-`` it refuses."""

    def __init__(self) -> None:
        self.connections = 0
        self.emails: dict[str, EmailMessage] = {}

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list) -> list:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("no-"):
            return "550 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        [to] = envelope.rcpt_tos
        self.emails[to] = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[assignment]
        return "250 OK"


@pytest.fixture
def port(settings: Any) -> int:
    """Where the mail server is, once it runs."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    return settings.EMAIL_PORT


@pytest.fixture
def post(port: int) -> Iterator[Post]:
    """A running mail server."""
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield post
    controller.stop()


def office(organization: Organization) -> tuple[Client, str]:
    client = Client()
    client.force_login(administrator_of(organization))
    return client, reverse("orgs:organization_members", args=[organization.pk])


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def link(message: EmailMessage) -> str:
    found = re.search(r"https?://[^/\s]+(/invitations/\S+)", part(message, "plain"))
    assert found
    return found[1]


def test_a_letter_arrives_with_a_link_that_works(organization: Organization, post: Post) -> None:
    client, url = office(organization)
    assert client.post(url, {"emails": NEW, "role": "contributor"}).status_code == 302
    message = post.emails[NEW]
    assert organization.name in message["Subject"]
    assert administrator_of(organization).name in part(message, "plain")
    assert f'href="http://localhost:8000{link(message)}"' in part(message, "html")
    joined = Client().post(link(message), {"first_name": "New", "password": PASSWORD})
    assert joined.status_code == 302
    assert OrganizationMembership.objects.get(user__email=NEW).role == "contributor"


def test_many_emails_go_over_one_connection(organization: Organization, post: Post) -> None:
    client, url = office(organization)
    emails = [f"new-{n}@example.org" for n in range(20)]
    client.post(url, {"emails": "\n".join(emails), "role": "viewer"})
    assert (sorted(post.emails), post.connections) == (sorted(emails), 1)
    assert len({link(message) for message in post.emails.values()}) == 20


def test_an_address_that_the_server_refuses_keeps_the_others_from_nothing(
    organization: Organization, post: Post
) -> None:
    client, url = office(organization)
    answer = client.post(url, {"emails": "a@example.org, no-body@example.org, b@example.org", "role": "viewer"})
    assert set(post.emails) == {"a@example.org", "b@example.org"}
    assert any("no-body@example.org could not be mailed" in sentence for sentence in said(answer))
    assert Invitation.objects.open().count() == 3


def test_a_letter_is_in_the_language_of_whoever_invites(organization: Organization, post: Post) -> None:
    administrator = administrator_of(organization)
    User.objects.filter(pk=administrator.pk).update(language="es")
    client, url = office(organization)
    client.post(url, {"emails": NEW, "role": "viewer"}, headers={"accept-language": "pt-br"})
    assert '<html lang="es" ' in part(post.emails[NEW], "html")
    assert "Open this link" not in part(post.emails[NEW], "plain")


def test_without_the_server_invitations_are_kept_and_sent_again_later(organization: Organization, port: int) -> None:
    client, url = office(organization)
    answer = client.post(url, {"emails": f"{NEW}, other@example.org", "role": "viewer"})
    assert answer.status_code == 302
    assert "2 invitations could not be mailed. They are kept below" in said(answer)[0]
    invitation = Invitation.objects.get(email=NEW)
    resend = reverse("orgs:invitation_resend", args=[organization.pk, invitation.pk])
    assert "It is kept: send it again later." in said(client.post(resend))[-1]
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    try:
        assert "on its way" in said(client.post(resend))[-1]
        assert Client().get(link(post.emails[NEW])).status_code == 200
    finally:
        controller.stop()
