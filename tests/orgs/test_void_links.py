"""A link or a key that is void says why, to who was sent it and to nobody else (docs/rules.md, Signing in)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import Invitation, RemovedKey, User
from tests.builders import Desk, organization_with, second_factor
from tests.builders import person as somebody
from tests.pages import text_of

from .accounts import PASSWORD, is_in, signs_in
from .soft_key import SoftKey, at_a_host_of_passkeys
from .test_account_pages import change_address, link_in, reset


def today() -> str:
    return date_format(timezone.now(), "DATE_FORMAT")


# Keys


def test_a_passkey_signs_in(person: User) -> None:
    client = at_a_host_of_passkeys()
    SoftKey(person).signs_in(client)
    assert is_in(client)


def test_a_removed_passkey_is_told_when_it_was_removed(person: User) -> None:
    key, client = SoftKey(person), at_a_host_of_passkeys()
    second_factor(person)
    key.row.delete()
    page = text_of(key.signs_in(client))
    assert f"That key was removed from your account on {today()}" in page
    assert not is_in(client)


def test_who_only_claims_to_have_a_key_is_told_nothing_of_it(person: User) -> None:
    removed, live = SoftKey(person), SoftKey(person)
    removed.row.delete()
    stranger = User.objects.create_user("stranger@example.org")
    never = SoftKey(stranger)
    never.row.delete()
    RemovedKey.objects.filter(user=stranger).delete()
    told = [
        text_of(removed.signs_in(at_a_host_of_passkeys(), signs=False)),
        text_of(live.signs_in(at_a_host_of_passkeys(), signs=False)),
        text_of(never.signs_in(at_a_host_of_passkeys())),
    ]
    assert "That key opens no account here" in told[0]
    assert told[0] == told[1] == told[2]


def test_keys_of_a_deleted_account_are_not_kept(db: None) -> None:
    user = somebody()
    SoftKey(user)
    user.delete()
    assert not RemovedKey.objects.exists()


def test_only_keys_are_kept(person: User) -> None:
    second_factor(person).delete()
    assert not RemovedKey.objects.exists()
    SoftKey(person)
    Authenticator.objects.filter(user=person).delete()
    assert RemovedKey.objects.count() == 1


# A new password


def asked_link(user: User) -> str:
    Client().post(reverse("account_reset_password"), {"email": user.email})
    return link_in(mail.outbox[-1].body)


def opened(link: str) -> str:
    return text_of(Client().get(link, follow=True))


def test_a_link_for_a_new_password_works(person: User) -> None:
    assert "Save the password" in opened(asked_link(person))


def test_a_used_link_for_a_new_password_says_so(person: User) -> None:
    reset(person, "another horse battery")
    assert "The password was changed after this link was sent" in opened(link_in(mail.outbox[0].body))


def test_a_link_that_a_sign_in_ended_says_so(person: User) -> None:
    link = asked_link(person)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        signs_in(person)
        assert "Somebody signed in to the account after this link" in opened(link)


def test_a_link_that_another_address_ended_says_so(person: User) -> None:
    link = asked_link(person)
    EmailAddress.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).update(email="other@example.org")
    assert "The address of the account was changed after" in opened(link)


def test_an_old_link_for_a_new_password_says_when_it_was_sent(person: User) -> None:
    link, day = asked_link(person), today()
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert f"It was sent on {day}, and such a link works for 3 days." in opened(link)


def test_a_link_for_a_new_password_that_was_never_sent_tells_nothing_of_the_account(person: User) -> None:
    link = asked_link(person)
    uid = link.split("/key/")[1].split("-")[0]
    reset(person, "another horse battery")
    forged = link[:-25] + "0" * 24 + "/"
    nobody = link.replace(uid, "3w5e11264sgsf")
    for wrong in (forged, nobody, link.replace("-", "-0", 1)):
        page = opened(wrong)
        assert "It is no link that was sent" in page, wrong
        assert "The password was changed" not in page


def test_the_page_behind_a_link_says_that_it_needs_the_link(person: User) -> None:
    behind = Client().get(asked_link(person)).url
    assert "This page was opened without its link" in opened(behind)


def test_links_for_a_new_password_of_earlier_versions_work(person: User) -> None:
    before = asked_link(person).rsplit("-", 1)[0] + "/"
    assert "Save the password" in opened(before)


# A new address


def test_a_link_for_an_address_says_that_it_was_used(person: User) -> None:
    client = signs_in(person)
    change_address(client, "new@example.org")
    link = link_in(mail.outbox[0].body)
    client.post(link)
    assert "This address is confirmed already" in opened(link)
    assert "This address is confirmed already" in text_of(Client().post(link))


def test_a_link_for_an_address_that_was_given_up_says_so(person: User) -> None:
    client = signs_in(person)
    change_address(client, "new@example.org")
    change_address(client, "newer@example.org")
    assert "another address was given instead" in opened(link_in(mail.outbox[0].body))


def test_an_old_link_for_an_address_says_when_it_was_sent(person: User) -> None:
    change_address(signs_in(person), "new@example.org")
    day = today()
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert f"It was sent on {day}" in opened(link_in(mail.outbox[0].body))


def test_a_link_for_an_address_of_somebody_else_says_so(person: User) -> None:
    change_address(signs_in(person), "wanted@example.org")
    other = User.objects.create_user("wanted@example.org", PASSWORD)
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    assert "Someone already uses this address." in opened(link_in(mail.outbox[0].body))


def test_a_link_for_an_address_that_was_never_sent_tells_nothing(person: User) -> None:
    for key in ("MQ:1abc:nonsense", "x", "MQ:1abc:nonsense)"):
        assert "It is no link that was sent" in opened(reverse("account_confirm_email", args=[key]))


# Invitations


@pytest.fixture
def invited(desk: Desk) -> tuple[Invitation, str]:
    _row, invitation, secret = orgs.add_by_email(
        desk.project.organization, "invited@example.org", "viewer", by=desk.by()
    )
    assert invitation is not None
    return invitation, secret


def page_of(secret: str) -> Any:
    return Client().get(reverse("orgs:invitation", args=[secret]))


def test_a_used_invitation_says_so(invited: tuple[Invitation, str]) -> None:
    invitation, secret = invited
    orgs.accept(secret, User.objects.create_user(invitation.email))
    answer = page_of(secret)
    assert answer.status_code == 410
    assert f"This invitation was accepted on {today()}" in text_of(answer)


def test_an_invitation_that_was_taken_back_says_so(desk: Desk, invited: tuple[Invitation, str]) -> None:
    invitation, secret = invited
    orgs.revoke(invitation, by=desk.by())
    assert f"This invitation was revoked on {today()}" in text_of(page_of(secret))


def test_a_replaced_link_of_an_invitation_says_so(desk: Desk, invited: tuple[Invitation, str]) -> None:
    invitation, secret = invited
    latest = orgs.renew(invitation, by=desk.by())
    assert f"A newer link was sent in the place of this one on {today()}" in text_of(page_of(secret))
    assert page_of(latest).status_code == 200
    latest = orgs.show_link(invitation, by=desk.by())
    assert "A newer link was sent" in text_of(page_of(secret))
    orgs.accept(latest, User.objects.create_user(invitation.email))
    assert "This invitation was accepted" in text_of(page_of(secret))


def test_an_expired_invitation_says_when_it_expired(invited: tuple[Invitation, str]) -> None:
    invitation, secret = invited
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        day = date_format(timezone.localtime(invitation.expires_at), "DATE_FORMAT")
        assert f"This invitation expired on {day}" in text_of(page_of(secret))


def test_an_invitation_to_an_archived_organization_says_so(db: None) -> None:
    administrator = somebody("administrator")
    organization, by = organization_with(administrator), Actor(user=administrator)
    _row, _invitation, secret = orgs.add_by_email(organization, "invited@example.org", "viewer", by=by)
    orgs.archive_organization(organization, by=by)
    assert "is archived" in text_of(page_of(secret))


def test_an_invitation_that_was_never_sent_tells_nothing(invited: tuple[Invitation, str]) -> None:
    page = text_of(page_of("x" * 43))
    assert "This is no link of an invitation" in page
    assert invited[0].organization.name not in page
