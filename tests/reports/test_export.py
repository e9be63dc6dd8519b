"""A file holds what history lists, a row a ticket, and nothing that a spreadsheet would run or change."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from orgs.access import SYSTEM, Actor
from orgs.models import Project, User
from reports import export
from sectors.models import Sector
from tests.builders import Desk
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations import closing

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
    assert {row[7] for row in found} == {"Billing"}


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


def sheet_of(answer: Any) -> Any:
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active


def test_an_xlsx_file_has_the_same_rows(past: Project, get: Get) -> None:
    names, *expected = rows(get("admin", "reports:export_csv"))
    header, *found = sheet_of(get("admin", "reports:export_xlsx")).iter_rows(values_only=True)
    assert list(header) == names
    assert [row[1] for row in found] == [row[1] for row in expected]


def test_more_tickets_than_an_xlsx_file_is_written_for_are_refused(past: Project, get: Get) -> None:
    with mock.patch.object(export, "MAX_XLSX", 3):
        answer = get("admin", "reports:export_xlsx")
    assert "at most 3 tickets" in answer.content.decode()


@pytest.fixture
def closed(desk: Desk) -> Ticket:
    """A ticket whose texts look like numbers."""
    ticket = desk.open_ticket()
    fields = {
        "name": "Ana",
        "phone": "+55 11 98765-4321",
        "email": "ana@example.org",
        "custom_fields": {"plan": "gold"},
    }
    Contact.objects.filter(pk=ticket.contact_id).update(**fields)
    desk.close(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(
        protocol="000123", custom_fields={"order": "0007"}, opened_at=ticket.opened_at - timedelta(hours=1)
    )
    return Ticket.objects.get(pk=ticket.pk)


def asked(desk: Desk, name: str, language: str = "en") -> Any:
    client = Client(headers={"Accept-Language": language})
    client.force_login(desk.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(reverse(name, args=[desk.project.pk]))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["es", "pt-br"])
def test_it_is_in_the_habit_of_the_language(desk: Desk, closed: Ticket, language: str) -> None:
    User.objects.filter(pk=desk.administrator.pk).update(language=language)
    text = b"".join(asked(desk, "reports:export_csv", language).streaming_content).decode("utf-8-sig")
    row = dict(zip(*csv.reader(io.StringIO(text), delimiter=";"), strict=True))
    words = {
        "es": ("Protocolo", "Duración (s)", "Teléfono", "Estado", "Cerrado", "Apertura"),
        "pt-br": ("Protocolo", "Duração (s)", "Telefone", "Status", "Encerrado", "Abertura"),
    }
    protocol, duration, phone, status, is_closed, opened = words[language]
    assert row[protocol] == "'000123"
    assert row[duration].count(",") == 1
    assert float(row[duration].replace(",", ".")) == pytest.approx(3600, abs=60)
    assert row[phone] == "'+55 11 98765-4321"
    assert row[status] == is_closed
    datetime.strptime(row[opened], "%Y-%m-%d %H:%M:%S")


@pytest.mark.django_db
def test_the_cells_of_an_xlsx_file_are_what_they_are(desk: Desk, closed: Ticket) -> None:
    names, cells = sheet_of(asked(desk, "reports:export_xlsx")).iter_rows()
    row = {name.value: cell for name, cell in zip(names, cells, strict=True)}
    expected = {
        "Protocol": ("000123", "s"),
        "Phone": ("+55 11 98765-4321", "s"),
        "E-mail": ("ana@example.org", "s"),
        "Contact’s fields": ("plan: gold", "s"),
        "Ticket’s fields": ("order: 0007", "s"),
        "Transfers": (0, "n"),
    }
    assert {name: (row[name].value, row[name].data_type) for name in expected} == expected
    assert row["Duration (s)"].value == pytest.approx(
        (closed.closed_at - closed.opened_at).total_seconds(), abs=0.001
    )
    zone = ZoneInfo(closed.sector.timezone)
    assert row["Opened"].value == closed.opened_at.astimezone(zone).replace(microsecond=0, tzinfo=None)


@pytest.mark.django_db
def test_it_says_who_closed(desk: Desk) -> None:
    person, program, flow, rule = (desk.open_ticket() for _number in range(4))
    desk.close(person)
    tags = [desk.tags[0].pk]
    operations.close(program.pk, by=Actor(token_name="Billing system"), tag_ids=tags)
    operations.close_by_flow(flow.pk, by=Actor(token_name="Flow"))
    with transaction.atomic():
        row = Ticket.objects.select_for_update().get(pk=rule.pk)
        closing.end_ticket(row, desk.tags[:1], SYSTEM, timezone.now(), tell_flow=True, minutes=10)
    names, *found = rows(asked(desk, "reports:export_csv"))
    told = {row[names.index("Ticket")]: row[names.index("Closed by")] for row in found}
    assert told == {
        str(person.pk): Ticket.objects.get(pk=person.pk).closed_by.name,
        str(program.pk): "Billing system",
        str(flow.pk): "Flow",
        str(rule.pk): "Automatic closing",
    }


@pytest.mark.django_db
def test_the_address_of_an_anonymous_contact_is_left_out_as_an_e_mail_too(desk: Desk) -> None:
    ticket = desk.open_ticket()
    Contact.objects.filter(pk=ticket.contact_id).update(urn="mailto:ana@example.org", email="ana@example.org")
    Ticket.objects.filter(pk=ticket.pk).update(is_anon=True)
    desk.close(ticket)
    assert "ana@example.org" not in str(rows(asked(desk, "reports:export_csv")))
