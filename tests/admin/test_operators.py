"""Where operators come from: ``createsuperuser``, and the demo where it is all there is."""

from io import StringIO
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from demo import set_up
from demo.people import LOGINS, OPERATOR, PASSWORD
from orgs.models import OrganizationMembership, User
from tests.builders import organization_with
from weni_chats.management.commands.dev import _logins

pytestmark = pytest.mark.django_db


def sign_in(email: str, password: str) -> Client:
    cache.clear()
    client = Client()
    client.post(reverse("account_login") + "?next=/admin/", {"login": email, "password": password})
    return client


def test_the_first_operator_of_a_fresh_installation() -> None:
    with mock.patch.dict("os.environ", {"DJANGO_SUPERUSER_PASSWORD": "correct horse battery"}):
        call_command("createsuperuser", interactive=False, email="First@Example.org", stdout=StringIO())
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("first@example.org", True, True)
    assert sign_in("first@example.org", "correct horse battery").get("/admin/").status_code == 200


def test_asked_for_address_and_password_at_a_terminal() -> None:
    with (
        mock.patch("builtins.input", side_effect=["first@example.org"]),
        mock.patch("getpass.getpass", return_value="correct horse battery"),
        mock.patch("sys.stdin.isatty", return_value=True),
    ):
        call_command("createsuperuser", stdin=mock.Mock(isatty=lambda: True), stdout=StringIO())
    assert User.objects.get().check_password("correct horse battery")


def test_an_address_is_taken_once() -> None:
    User.objects.create_user("first@example.org")
    with (
        mock.patch.dict("os.environ", {"DJANGO_SUPERUSER_PASSWORD": "correct horse battery"}),
        pytest.raises(CommandError),
    ):
        call_command("createsuperuser", interactive=False, email="first@example.org", stderr=StringIO())


def test_the_demo_has_an_operator_who_is_printed_with_the_logins() -> None:
    with mock.patch("weni_chats.management.commands.dev.connections.close_all"):
        assert not _logins()
        set_up.set_up("demo", 1)
        set_up.set_up("demo", 1)
        text = "\n".join(_logins())
    assert OPERATOR.email in text
    assert LOGINS[0].email in text
    operator = User.objects.get(email=OPERATOR.email)
    assert not OrganizationMembership.objects.filter(user=operator).exists()
    assert sign_in(operator.email, PASSWORD).get("/admin/").status_code == 200


def test_no_operator_with_a_known_password_beside_organizations_of_others() -> None:
    organization_with()
    set_up.set_up("demo", 1)
    assert not User.objects.filter(is_superuser=True).exists()
