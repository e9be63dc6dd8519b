"""The devices somebody is signed in on (docs/rules.md, Signing in)."""

import time
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from orgs.accounts.sessions import device_name
from orgs.models import User
from tests.builders import Desk
from tests.pages import said, text_of

from .accounts import CHROME, FIREFOX, PASSWORD, app_for, is_in, signs_in


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "Unknown device"),
        ("", "Unknown device"),
    ],
)  # fmt: skip
def test_a_device_is_called_by_its_browser_and_system(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_the_page_shows_each_device_and_marks_this_one(person: User) -> None:
    here = signs_in(person)
    signs_in(person, FIREFOX)
    text = text_of(here.get(reverse("orgs:security")))
    assert "Chrome on Linux This device" in text
    assert "Firefox on Windows" in text
    assert "127.0.0.1" in text


def test_a_device_is_signed_out_from_another(person: User) -> None:
    here, there = signs_in(person), signs_in(person, FIREFOX)
    device = UserSession.objects.get(user=person, user_agent=FIREFOX)
    answer = here.post(reverse("orgs:security_sign_out", args=[device.pk]))
    assert said(answer)[-1] == "Signed out: Firefox on Windows."
    assert is_in(here)
    assert not is_in(there)
    again = here.post(reverse("orgs:security_sign_out", args=[device.pk]))
    assert said(again)[-1] == "That device was signed out already."


def test_nobody_signs_others_out(person: User, desk: Desk) -> None:
    other = desk.agent()
    other.set_password(PASSWORD)
    other.save()
    theirs, ours = signs_in(other), signs_in(person)
    device = UserSession.objects.get(user=other)
    for number in (device.pk, 10**30, 0):
        assert ours.post(reverse("orgs:security_sign_out", args=[number])).status_code == 302
    ours.post(reverse("orgs:security_sign_out_others"))
    assert is_in(theirs)


def test_all_others_are_signed_out_at_once(person: User) -> None:
    here, others = signs_in(person), [signs_in(person, FIREFOX) for _ in range(3)]
    answer = here.post(reverse("orgs:security_sign_out_others"))
    assert said(answer)[-1] == "Signed out on 3 other devices."
    assert is_in(here)
    assert not any(is_in(other) for other in others)
    assert said(here.post(reverse("orgs:security_sign_out_others")))[-1] == "You are signed in on this device alone."


def test_the_key_of_a_session_changes_at_sign_in(person: User) -> None:
    client = Client()
    client.get(reverse("account_reset_password"))
    client.post(reverse("account_login"), {"login": person.email, "password": "wrong"})
    session = client.session
    session["kept"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_device_stays_signed_in_when_the_key_changes_and_the_former_is_listed(person: User, settings: Any) -> None:
    stays, leaves = signs_in(person), signs_in(person, FIREFOX)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key, just as long as the first"
    assert not is_in(leaves)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert is_in(stays)
    # From then on it goes by the new key, and the former may be taken off the list.
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(stays)


def test_when_a_device_was_seen_is_noted_now_and_then(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signs_in(person)
    UserSession.objects.filter(user=person).update(last_seen_at="2020-01-01T00:00:00Z")
    client.get(reverse("orgs:profile"))
    assert UserSession.objects.get(user=person).last_seen_at.year == 2020
    browser = {"Accept": "text/html,*/*"}
    started = time.monotonic()
    client.get(reverse("orgs:profile"), headers=browser)
    first = UserSession.objects.get(user=person).last_seen_at
    assert first.year > 2020
    client.get(reverse("orgs:profile"), headers=browser)
    assert UserSession.objects.get(user=person).last_seen_at == first
    monkeypatch.setattr(time, "monotonic", lambda: started + 400)
    client.get(reverse("orgs:profile"), headers=browser)
    assert UserSession.objects.get(user=person).last_seen_at > first


def test_the_page_costs_the_same_however_many_keys(person: User, django_assert_max_num_queries: Any) -> None:
    client = signs_in(person)
    app_for(person)
    client.get(reverse("orgs:security"))
    with django_assert_max_num_queries(25):
        client.get(reverse("orgs:security"))
