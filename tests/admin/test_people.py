"""What operators do to accounts: off and on, signed out, helped to a new password (docs/admin.md)."""

import re
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse

from orgs.models import AuditEntry, User
from tests.builders import Desk, fresh, person

from .conftest import Office, messages_of

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _nothing_counted(db: None) -> None:
    cache.clear()


def signed_in(user: User) -> Client:
    """Return a browser of somebody who has just signed in."""
    user.set_password(PASSWORD)
    user.save()
    client = Client(HTTP_ACCEPT="text/html")
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert opens(client)
    return client


def opens(client: Client) -> bool:
    return bool(client.get(reverse("orgs:profile")).status_code == 200)


def actions(user: User) -> list[str]:
    return list(AuditEntry.objects.filter(target_id=user.pk).order_by("pk").values_list("action", flat=True))


def test_an_account_is_switched_off_and_on(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    client = signed_in(agent)
    asked = office.act("switch_off", agent, confirm=False)
    assert "1 active ticket goes back" in asked.content.decode()
    assert User.objects.get(pk=agent.pk).is_active

    assert "Switch the account off" in messages_of(office.act("switch_off", agent))
    assert not opens(client)
    assert fresh(ticket).is_waiting
    assert not desk.queue.places.exists()
    assert not UserSession.objects.filter(user=agent).exists()

    office.act("switch_on", agent)
    # Whoever was signed in before signs in again.
    assert not opens(client)
    assert opens(signed_in(agent))
    assert actions(agent)[-2:] == ["account.switched_off", "account.switched_on"]
    entry = AuditEntry.objects.filter(action="account.switched_off").get()
    assert (entry.organization, entry.actor, entry.address) == (
        desk.project.organization,
        office.operator,
        "203.0.113.9",
    )


def test_nobody_switches_themselves_off(office: Office) -> None:
    assert "your own account" in messages_of(office.act("switch_off", office.operator))
    assert User.objects.get(pk=office.operator.pk).is_active


def test_somebody_in_no_organization_is_in_the_log_too(office: Office) -> None:
    user = person()
    office.act("switch_off", user)
    entry = AuditEntry.objects.get(target_id=user.pk)
    assert (entry.action, entry.organization) == ("account.switched_off", None)


def test_sessions_end_on_every_device(desk: Desk, office: Office) -> None:
    agent = desk.agent()
    clients = [signed_in(agent), signed_in(agent)]
    office.act("end_sessions", agent)
    assert not any(map(opens, clients))
    assert actions(agent)[-1] == "account.sessions_ended"
    assert User.objects.get(pk=agent.pk).is_active


def test_the_link_for_a_new_password_leads_there(desk: Desk, office: Office) -> None:
    agent = desk.agent()
    agent.set_password(PASSWORD)
    agent.save()
    EmailAddress.objects.create(user=agent, email=agent.email, verified=True, primary=True)
    assert "Send the link" in messages_of(office.act("send_password_mail", agent))
    [letter] = mail.outbox
    assert letter.to == [agent.email]
    path = re.search(r"https?://[^/\s]+(/\S*password\S*)", str(letter.body))
    assert path is not None
    client = Client()
    page = client.get(path[1], follow=True)
    new = "another horse battery"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    agent.refresh_from_db()
    assert agent.check_password(new)
    assert actions(agent)[-1] == "account.password_mail_sent"


def test_no_link_for_whoever_is_switched_off(desk: Desk, office: Office) -> None:
    agent = desk.agent()
    office.act("switch_off", agent)
    assert "Switch it on first" in messages_of(office.act("send_password_mail", agent))
    assert not mail.outbox


def test_letters_are_counted_with_those_that_people_ask_for(desk: Desk, office: Office) -> None:
    agent = desk.agent()
    for _time in range(5):
        office.act("send_password_mail", agent)
    assert len(mail.outbox) == 5
    assert "Too many e-mails" in messages_of(office.act("send_password_mail", agent))
    Client(REMOTE_ADDR="198.51.100.7").post(reverse("account_reset_password"), {"email": agent.email})
    assert len(mail.outbox) == 5


class Away(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected


def test_an_operator_is_told_when_the_letter_does_not_leave(desk: Desk, office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    agent = desk.agent()
    assert "could not be sent" in messages_of(office.act("send_password_mail", agent))
    assert "account.password_mail_sent" not in actions(agent)


def test_names_addresses_and_rights_are_not_the_operators_to_change(desk: Desk, office: Office) -> None:
    url = office.change_url(desk.administrator)
    for data in ({"is_superuser": "on"}, {"email": "x@example.org"}, {"password": "x"}):
        assert office.client.post(url, data).status_code == 403
    assert "pbkdf2" not in office.client.get(url).content.decode()
    assert office.client.get(office.add_url(User)).status_code == 403


def test_people_are_found_by_any_part_of_name_or_address(desk: Desk, office: Office) -> None:
    found = User.objects.create_user("jose@example.org", first_name="José", last_name="Nuñez")
    for term in ("jose", "NUNEZ jos", "e@example.org"):
        page = office.client.get(office.list_url(User), {"q": term})
        assert found in page.context["cl"].result_list, term
    assert found not in office.client.get(office.list_url(User), {"q": "jose nobody"}).context["cl"].result_list


def test_the_menu_leads_operators_to_the_back_office(desk: Desk, office: Office) -> None:
    assert 'href="/admin/"' in office.client.get(reverse("orgs:profile")).content.decode()
    client = Client()
    client.force_login(desk.administrator)
    assert 'href="/admin/"' not in client.get(reverse("orgs:profile")).content.decode()
