"""An operator and a browser of theirs."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from orgs.models import AuditEntry, User
from tests.builders import person


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who runs the installation and is in no organization."""
    user = person("operator")
    user.is_staff = user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def office(operator: User) -> "Office":
    """The operators' pages as the operator uses them."""
    return Office(operator)


class Office:
    """A browser in which the operator is signed in: opens forms, changes fields, sends them whole."""

    def __init__(self, operator: User) -> None:
        self.operator = operator
        self.client = Client(REMOTE_ADDR="203.0.113.9")
        self.client.force_login(operator)

    def change_url(self, obj: Any) -> str:
        return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])

    def list_url(self, model: Any) -> str:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def add_url(self, model: Any) -> str:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")

    def fields(self, url: str) -> dict[str, Any]:
        """Return what the form on a page would send, unchanged."""
        answer = self.client.get(url)
        assert answer.status_code == 200
        forms = [answer.context["adminform"].form]
        found: dict[str, Any] = {}
        for inline in answer.context["inline_admin_formsets"]:
            forms += [inline.formset.management_form, *inline.formset.forms]
        for form in forms:
            for bound in form:
                if bound.field.disabled:
                    continue
                value = bound.value()
                if isinstance(value, bool):
                    found |= {bound.html_name: "on"} if value else {}
                elif value is not None:
                    found[bound.html_name] = value
        return found

    def save(self, url: str, **changes: Any) -> HttpResponse:
        """Send the form of a page with changes; None leaves a field out."""
        data = {**self.fields(url), **changes}
        return self.client.post(url, {name: value for name, value in data.items() if value is not None})

    def act(self, action: str, *rows: Any, confirm: bool = True, **data: Any) -> HttpResponse:
        """Do an action on rows of a list; returns the list with its messages."""
        data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **data}
        if confirm:
            data["confirmed"] = "yes"
        return self.client.post(self.list_url(type(rows[0])), data, follow=True)


def errors_of(answer: HttpResponse) -> str:
    """Return what a form that was refused says."""
    assert answer.status_code == 200, answer.status_code
    found = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', answer.content.decode(), re.DOTALL)
    assert found, "nothing is refused"
    return " ".join(re.sub(r"<[^>]+>", " ", text).strip() for text in found)


def messages_of(answer: HttpResponse) -> str:
    """Return the messages on a page."""
    return " ".join(str(message) for message in answer.context["messages"])


def last_entry() -> AuditEntry:
    """Return what the audit log holds last."""
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry is not None
    return entry
