"""What forms say of passwords and addresses is in the words of the other pages (docs/design.md, Words)."""

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts
from django.test import Client
from django.urls import reverse
from django.utils import translation

from orgs.accounts.forms import AddEmailForm, LoginForm, ResetPasswordForm
from tests.builders import Desk
from tests.pages import Pages, text_of

pytestmark = pytest.mark.django_db


def test_the_rules_of_passwords_are_our_own_words() -> None:
    assert password_validators_help_texts() == [
        "Not like your name or your e-mail address.",
        "At least 10 characters.",
        "None that many people use.",
    ]


@pytest.mark.parametrize(
    ("form", "expected"), [(LoginForm, "E-mail"), (ResetPasswordForm, "E-mail"), (AddEmailForm, "Novo e-mail")]
)
def test_an_address_is_named_in_the_summary_as_at_its_field(form: type, expected: str) -> None:
    with translation.override("pt-br"):
        [label] = {str(field.label) for name, field in form().fields.items() if name in {"login", "email"}}
    assert label == expected


def test_the_summary_names_the_address_as_its_field() -> None:
    answer = Client().post(reverse("account_login"), {}, headers={"accept-language": "pt-br"})
    assert "E-mail: Este campo" in text_of(answer)
    assert "Email:" not in text_of(answer)


def test_days_and_times_are_explained_only_where_there_are_some(desk: Desk) -> None:
    page = text_of(Pages(desk.administrator, desk.project).get("orgs:project_tokens"))
    assert "No token works here" in page
    assert "Days and times" not in page
