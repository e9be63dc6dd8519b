"""The summary of errors names fields as the page beside it does."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders import Desk

pytestmark = pytest.mark.django_db

SUMMARY = re.compile(r'<a href="#([^"]+)">([^<]+): [^<]+</a>')


def labels(page: str) -> dict[str, str]:
    """Return the labels of a page by the id of their control."""
    return dict(re.findall(r'<label[^>]*for="([^"]+)"[^>]*>([^<]+)<', page))


def named(page: str) -> dict[str, str]:
    """Return what the summary of errors calls each control."""
    return dict(SUMMARY.findall(page))


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_before_signing_in(client: Client, name: str, language: str) -> None:
    page = client.post(reverse(name), {}, headers={"accept-language": language}).content.decode()

    said = named(page)
    assert said
    assert said.items() <= labels(page).items()


@pytest.mark.parametrize("name", ["account_change_password", "account_email"])
def test_signed_in(client: Client, desk: Desk, name: str) -> None:
    desk.administrator.set_password("a good long one")
    desk.administrator.save()
    client.force_login(desk.administrator)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 4_000_000_000}]
    session.save()
    page = client.post(reverse(name), {"action_add": ""}).content.decode()

    said = named(page)
    assert said
    assert said.items() <= labels(page).items()
