"""Operators sign in like everybody, and a mail server that is away tells nothing (docs/rules.md, Signing in)."""

from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse

from orgs.models import User
from tests.builders import Desk, administrator_of, person, second_factor
from tests.pages import text_of

PASSWORD = "correct horse battery"
ENTRANCE = "/admin/login/"


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who may open the operators' pages."""
    cache.clear()
    user = person("operator", password=PASSWORD)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("orgs:profile")).status_code == 200)


# The operators' pages


def test_a_password_alone_opens_nothing_at_the_operators_entrance(operator: User) -> None:
    client = Client()
    answer = client.post(ENTRANCE, {"username": operator.email, "password": PASSWORD, "next": "/admin/"})
    assert (answer.status_code, answer.url) == (302, f"{reverse('account_login')}?next=/admin/")
    assert not is_in(client)


def test_an_operator_is_asked_for_the_second_step_too(operator: User) -> None:
    second_factor(operator)
    client = Client()
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    client.post(page.redirect_chain[-1][0], {"login": operator.email, "password": PASSWORD})
    assert not is_in(client)
    assert client.get("/admin/").status_code == 302


def test_an_operator_comes_back_to_the_page_that_was_asked_for(operator: User) -> None:
    client = Client()
    page = client.get("/admin/", follow=True).redirect_chain[-1][0]
    answer = client.post(page, {"login": operator.email, "password": PASSWORD, "next": "/admin/"})
    assert answer.url == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get(ENTRANCE).url == "/admin/"


def test_nobody_else_can_be_signed_in_there_by_an_operator(operator: User) -> None:
    """The form would be one to guess other people's passwords by."""
    other = person(password=PASSWORD)
    other.is_staff = True
    other.save()
    client = Client()
    client.force_login(operator)
    client.post(ENTRANCE, {"username": other.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(operator.pk)


def test_who_is_no_operator_is_told_so(db: None) -> None:
    client = Client()
    client.force_login(person())
    assert client.get(ENTRANCE).status_code == 403
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("following", ["https://evil.example.org/", "//evil.example.org", "\0", "x" * 10_000, ""])
def test_the_entrance_leads_to_no_other_site(operator: User, following: str) -> None:
    client = Client()
    client.force_login(operator)
    assert client.get(ENTRANCE, {"next": following}).url == "/admin/"


def test_an_organization_that_asks_for_two_factors_stays_shut_to_an_operators_password(db: None) -> None:
    organization = Desk.set_up().project.organization
    user = administrator_of(organization)
    user.set_password(PASSWORD)
    user.is_staff = True
    user.save()
    second_factor(user)
    client = Client()
    client.post(ENTRANCE, {"username": user.email, "password": PASSWORD})
    assert client.get(reverse("orgs:organization_members", args=[organization.pk])).status_code == 302


def test_an_operator_changes_the_password_where_everybody_does(operator: User) -> None:
    client = Client()
    client.force_login(operator)
    assert client.get("/admin/password_change/").url == reverse("account_change_password")
    new = "another horse battery"
    client.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


# A mail server that is away


class Away(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected


class Unreachable(BaseEmailBackend):
    """No mail server at all."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


@pytest.fixture(params=[Away, Unreachable])
def no_mail(request: Any, settings: Any) -> None:
    """Letters do not leave."""
    settings.EMAIL_BACKEND = f"{__name__}.{request.param.__name__}"


def test_a_reset_does_not_tell_who_has_an_account_when_mail_does_not_leave(operator: User, no_mail: None) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": address}, follow=True)
        for address in (operator.email, "nobody@example.org")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert text_of(answers[0]) == text_of(answers[1])


def test_what_was_changed_is_changed_though_the_letter_about_it_does_not_leave(operator: User, no_mail: None) -> None:
    client, new = Client(), "another horse battery"
    client.post(reverse("account_login"), {"login": operator.email, "password": PASSWORD})
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    operator.refresh_from_db()
    assert operator.check_password(new)


def test_who_waits_for_a_link_is_told_that_it_did_not_leave(operator: User, no_mail: None) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": operator.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.post(
        reverse("account_email"),
        {"action_add": "1", "email": "new@example.org"},
        headers={"referer": f"http://testserver{reverse('account_email')}"},
        follow=True,
    )
    assert page.status_code == 200
    assert "could not be sent" in text_of(page)
    assert "A link is on its way" not in text_of(page)
    assert EmailAddress.objects.filter(user=operator, email="new@example.org", verified=False).exists()
    operator.refresh_from_db()
    assert operator.email != "new@example.org"
