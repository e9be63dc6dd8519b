"""The CSV holds what history lists, a row a ticket, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from orgs.models import Project
from reports import export
from sectors.models import Sector
from tests.builders import Desk
from tickets.models import Contact, Ticket

Get = Callable[..., Any]


def rows(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_it_has_a_row_for_each_ticket_in_the_order_of_the_list(past: Project, get: Get) -> None:
    with mock.patch.object(export, "CHUNK", 70):
        header, *found = rows(get("admin", "reports:export_csv"))
    expected = Ticket.objects.closed().filter(project=past).order_by("-closed_at", "-id")
    assert [row[1] for row in found] == [str(t.pk) for t in expected]
    assert {len(row) for row in found} == {len(header)}


def test_it_is_filtered_like_the_list(past: Project, get: Get) -> None:
    place = Sector.objects.get(project=past, name="Billing")
    _header, *found = rows(get("admin", "reports:export_csv", sector=place.pk))
    listed = get("admin", "reports:history", sector=place.pk)
    assert len(found) == listed.context["total"]
    assert {row[5] for row in found} == {"Billing"}


def test_the_urn_of_an_anonymous_ticket_is_left_out(past: Project, get: Get) -> None:
    _header, *found = rows(get("admin", "reports:export_csv"))
    hidden = set(map(str, Ticket.objects.filter(project=past, is_anon=True).values_list("pk", flat=True)))
    assert hidden
    assert {row[4] for row in found if row[1] in hidden} == {""}


@pytest.mark.django_db
def test_what_a_contact_calls_themselves_is_never_a_formula(desk: Desk) -> None:
    ticket = desk.open_ticket()
    Contact.objects.filter(pk=ticket.contact_id).update(name="=1+1")
    desk.close(ticket)
    client = Client()
    client.force_login(desk.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    _header, row = rows(client.get(reverse("reports:export_csv", args=[desk.project.pk])))
    assert row[3] == "'=1+1"
