"""The pages of one's own account (docs/rules.md, Signing in): all in our look, each thing as its person may."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from orgs import operations as orgs
from orgs.models import User
from tests.builders import Desk
from tests.pages import NASTY, text_of
from tests.walk import fill, parameters, routes

from .accounts import FIREFOX, PASSWORD, app_for, code_of, is_in, signs_in

# Every page of the library

#: Where those are asked who have nothing else to show who they are by.
BY_MAIL = "reauthenticate_by_mail"


def library_pages() -> list[tuple[str, str]]:
    """Return (name, path) of each page under accounts/."""
    return [(name, path) for name, path in routes() if path.startswith("accounts/")]


#: The words and markup of the library's own frame and pages.
LIBRARY = ("Menu:", "<strong>Menu", "Two-Factor Authentication</h1>", "Confirm Access", "Sign Up</h1>", "<h1>\n")


@pytest.mark.parametrize("who", ["stranger", "plain", "with factors", "without password"])
def test_every_page_of_the_library_has_our_look(person: User, who: str) -> None:
    client = Client() if who == "stranger" else signs_in(person)
    if who == "with factors":
        app_for(person)
    if who == "without password":
        User.objects.filter(pk=person.pk).update(password="!")
        client.force_login(User.objects.get(pk=person.pk))
    key = Authenticator.objects.filter(user=person).values_list("pk", flat=True).first() or 1
    faults, seen = [], 0
    for name, path in library_pages():
        address = fill(path, dict.fromkeys(parameters(path), key if "pk" in parameters(path) else "1-set"))
        if name == "account_logout" and who != "stranger":
            continue
        answer = client.get(address)
        if answer.status_code in {301, 302, 404, 405}:
            continue
        if "text/html" not in answer.headers["Content-Type"]:
            continue
        seen += 1
        body = answer.content.decode()
        # Who has nothing to show who they are by is refused, and a sign-in elsewhere that failed is no success.
        expected = {"socialaccount_login_error": 401}.get(
            name, 403 if "reauthenticate" in name and name != BY_MAIL and who == "without password" else 200
        )
        if answer.status_code != expected:
            faults.append(f"{name}: {answer.status_code}")
        if 'id="main"' not in body or "css/tokens.css" not in body:
            faults.append(f"{name}: not our frame")
        faults += [f"{name}: {words!r}" for words in LIBRARY if words in body]
        if body.count("<h1") != 1:
            faults.append(f"{name}: {body.count('<h1')} headings")
    assert not faults, "\n".join(faults)
    assert seen >= (5 if who != "stranger" else 6), seen


def test_nobody_signs_up(db: None) -> None:
    page = Client().get(reverse("account_signup"))
    assert "Accounts are made by invitation" in text_of(page)
    Client().post(reverse("account_signup"), {"email": "stranger@example.org", "password1": PASSWORD})
    assert not User.objects.filter(email="stranger@example.org").exists()


@pytest.mark.parametrize("name", ["mfa_index", "mfa_list_webauthn", "usersessions_list", "socialaccount_connections"])
def test_the_librarys_lists_lead_to_the_page_of_ones_security(person: User, name: str) -> None:
    answer = signs_in(person).get(reverse(name))
    assert (answer.status_code, answer.url) == (302, reverse("orgs:security"))
    assert Client().get(reverse(name)).status_code == 302


# The address


def change_address(client: Client, address: str) -> Any:
    """Ask for another address, saying once more who one is where the page asks for it."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client.post(reverse("account_email"), {"action_add": "1", "email": address}, follow=True)


def link_in(text: object) -> str:
    """Return the path of the link in a mail."""
    return next(word for word in str(text).split() if word.startswith("http")).split("localhost:8000", 1)[1]


def test_an_address_counts_once_its_mail_is_answered(person: User) -> None:
    client, before = signs_in(person), person.email
    page = change_address(client, "New@Example.org")
    assert "Waiting for you to confirm" in text_of(page)
    person.refresh_from_db()
    assert person.email == before
    (message,) = mail.outbox
    assert message.to == ["new@example.org"]
    client.post(link_in(message.body))
    person.refresh_from_db()
    assert person.email == "new@example.org"
    row = EmailAddress.objects.get(user=person)
    assert (row.email, row.verified, row.primary) == ("new@example.org", True, True)
    assert mail.outbox[-1].to == [before]
    assert is_in(client)


def test_an_address_that_waits_accepts_no_invitation(person: User) -> None:
    other = Desk.set_up()
    row, invitation, secret = orgs.add_by_email(
        other.project.organization, "wanted@example.org", "viewer", by=other.by()
    )
    assert row is None
    assert invitation is not None
    client = signs_in(person)
    change_address(client, "wanted@example.org")
    join = reverse("orgs:invitation", args=[secret])
    assert client.post(join).status_code == 403
    # Nor does choosing it by hand make it the account's.
    client.post(reverse("account_email"), {"action_primary": "1", "email": "wanted@example.org"})
    person.refresh_from_db()
    assert person.email != "wanted@example.org"
    assert client.post(join).status_code == 403
    client.post(link_in(mail.outbox[0].body))
    assert client.post(join).status_code == 302


def test_an_address_somebody_got_meanwhile_stays_theirs(person: User) -> None:
    client, before = signs_in(person), person.email
    change_address(client, "wanted@example.org")
    User.objects.create_user("wanted@example.org", PASSWORD)
    answer = client.post(link_in(mail.outbox[0].body))
    assert answer.status_code < 500
    person.refresh_from_db()
    assert person.email == before
    assert not EmailAddress.objects.filter(email="wanted@example.org", verified=True).exists()


def test_the_page_of_the_address_does_not_tell_who_has_an_account(person: User) -> None:
    User.objects.create_user("colleague@example.org", PASSWORD)
    texts = []
    for address in ("colleague@example.org", "nobody@example.org"):
        page = change_address(signs_in(person), address)
        texts.append((page.status_code, text_of(page).replace(address, "…").count("A link is on its way")))
        EmailAddress.objects.filter(user=person, verified=False).delete()
    assert texts[0] == texts[1]
    assert [m.subject for m in mail.outbox] == ["Confirm your address for Weni Chats"] * 2


def test_a_change_of_address_can_be_given_up(person: User) -> None:
    client = signs_in(person)
    change_address(client, "new@example.org")
    client.post(reverse("account_email"), {"action_remove": "1", "email": "new@example.org"})
    assert not EmailAddress.objects.filter(email="new@example.org").exists()
    assert client.get(link_in(mail.outbox[0].body)).status_code == 200
    client.post(link_in(mail.outbox[0].body))
    person.refresh_from_db()
    assert person.email != "new@example.org"


def test_two_factors_do_not_stand_in_the_way_of_another_address(person: User) -> None:
    client = signs_in(person)
    app_for(person)
    change_address(client, "new@example.org")
    assert EmailAddress.objects.filter(user=person, email="new@example.org").exists()


# Passwords


def test_a_reset_does_not_tell_who_has_an_account(person: User) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": address}, follow=True)
        for address in (person.email, "nobody@example.org")
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert text_of(answers[0]) == text_of(answers[1])
    assert [m.to for m in mail.outbox] == [[person.email]]
    assert mail.outbox[0].subject == "Choose a new password for Weni Chats"


def test_signing_in_does_not_tell_who_has_an_account(person: User) -> None:
    pages = [
        text_of(Client().post(reverse("account_login"), {"login": address, "password": "wrong"})).replace(address, "")
        for address in (person.email, "nobody@example.org")
    ]
    assert pages[0] == pages[1]


def reset(user: User, password: str) -> Any:
    """Go through a reset, from the page to the new password, in a browser of its own."""
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    page = client.get(link_in(mail.outbox[-1].body), follow=True)
    path = page.redirect_chain[-1][0]
    return client.post(path, {"password1": password, "password2": password}, follow=True)


def test_a_reset_ends_every_session_and_works_once(person: User) -> None:
    at_home = signs_in(person)
    old = mail.outbox
    page = reset(person, "another horse battery")
    assert "Your password is changed" in text_of(page)
    assert not is_in(at_home)
    assert not UserSession.objects.filter(user=person).exists()
    assert old[-1].subject == "Your password was changed"
    assert "doesn’t work any more" in text_of(Client().get(link_in(old[-2].body), follow=True))
    person.refresh_from_db()
    assert person.check_password("another horse battery")


def test_a_weak_password_is_refused_in_a_reset(person: User) -> None:
    for password in ("short", "1234567890", person.email):
        page = reset(person, password)
        assert "Choose a new password" in text_of(page)
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_changing_the_password_ends_the_other_sessions(person: User) -> None:
    here, elsewhere = signs_in(person), signs_in(person, FIREFOX)
    key = here.cookies["sessionid"].value
    new = "another horse battery"
    answer = here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.url == reverse("orgs:security")
    assert is_in(here)
    assert here.cookies["sessionid"].value != key
    assert not is_in(elsewhere)
    assert [m.subject for m in mail.outbox] == ["Your password was changed"]
    assert Session.objects.count() == 1


def test_changing_the_password_asks_for_the_one_there_is(person: User) -> None:
    client = signs_in(person)
    new = "another horse battery"
    client.post(reverse("account_change_password"), {"oldpassword": "wrong", "password1": new, "password2": new})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


# Two steps


def test_an_app_is_asked_for_its_code_after_the_password(person: User) -> None:
    secret = app_for(person)
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert not is_in(client)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Enter the newest six digits of the app, or a recovery code" in text_of(wrong)
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)


def test_a_code_works_once(person: User) -> None:
    secret = app_for(person)
    code = code_of(secret)
    for client, works in ((Client(), True), (Client(), False)):
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(client) is works


@pytest.mark.django_db(transaction=True)
def test_the_code_that_set_the_app_up_signs_nobody_in(person: User) -> None:
    client = signs_in(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    code = code_of(client.session["mfa.totp.secret"])
    client.post(reverse("mfa_activate_totp"), {"code": code})
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    other = Client()
    other.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(other)


def test_a_recovery_code_works_once_and_the_page_counts_them(person: User) -> None:
    app_for(person)
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    used = codes[0]
    for client, works in ((Client(), True), (Client(), False)):
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": used})
        assert is_in(client) is works
        if works:
            assert "9 of 10 left" in text_of(client.get(reverse("orgs:security")))


@pytest.mark.parametrize(
    ("left", "words"),
    [(4, ""), (3, "3 recovery codes are left."), (1, "One recovery code is left."), (0, "No recovery code is left.")],
)
def test_few_recovery_codes_are_pointed_out(person: User, left: int, words: str) -> None:
    client = signs_in(person)
    app_for(person)
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap()
    for code in codes.get_unused_codes()[left:]:
        assert codes.validate_code(code)
    text = text_of(client.get(reverse("orgs:security")))
    assert ("the only way in" in text) is bool(words)
    assert words in text


def test_recovery_codes_are_shown_once(person: User) -> None:
    client = signs_in(person)
    app_for(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    first = text_of(client.get(reverse("mfa_view_recovery_codes")))
    assert all(code in first for code in codes)
    again = text_of(client.get(reverse("mfa_view_recovery_codes")))
    assert not any(code in again for code in codes)
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403
    assert client.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    assert not set(codes) & set(
        Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    )


def test_changing_how_one_signs_in_asks_once_more_who_one_is(person: User) -> None:
    client = signs_in(person)
    app_for(person)
    for name in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_add_webauthn"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert "reauthenticate" in answer.url, name
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn"):
        assert "reauthenticate" in client.post(reverse(name)).url, name
    assert Authenticator.objects.filter(user=person).count() == 2


def test_removing_the_app_ends_the_other_sessions_and_says_so_by_mail(person: User) -> None:
    here, elsewhere = signs_in(person), signs_in(person, FIREFOX)
    app_for(person)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    here.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=person).exists()
    assert is_in(here)
    assert not is_in(elsewhere)
    assert [m.subject for m in mail.outbox] == ["The authenticator app was removed"]
    assert "From: 127.0.0.1" in mail.outbox[0].body


@pytest.mark.parametrize("value", NASTY)
def test_nonsense_breaks_no_page_of_the_account(person: User, value: str) -> None:
    client = signs_in(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    stranger = Client()
    posts: list[tuple[Client, str, dict[str, str]]] = [
        (stranger, "account_login", {"login": value, "password": value}),
        (stranger, "account_reset_password", {"email": value}),
        (client, "account_reauthenticate", {"password": value}),
        (client, "account_email", {"action_add": "1", "email": value}),
        (client, "account_email", {"action_send": "1", "email": value}),
        (client, "account_change_password", {"oldpassword": value, "password1": value, "password2": value}),
        (client, "mfa_activate_totp", {"code": value}),
        (client, "mfa_add_webauthn", {"name": value, "credential": value}),
        (client, "mfa_add_webauthn", {"name": value, "credential": "{}"}),
        (stranger, "mfa_login_webauthn", {"credential": value}),
        (stranger, "mfa_login_webauthn", {"credential": "{}"}),
    ]
    for who, name, data in posts:
        assert who.post(reverse(name), data).status_code < 500, name
    app_for(person)
    half = Client()
    half.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    for data in ({"code": value}, {"credential": value}, {"credential": "{}"}):
        assert half.post(reverse("mfa_authenticate"), data).status_code < 500
