"""A limit stands once: forms, serializers and the database have the one of the model."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.db import connection, models
from django.urls import get_resolver
from django.utils import translation
from rest_framework import serializers

import orgs.accounts.forms  # noqa: F401 - the library imports it once it needs it
from active_messages.models import HOURLY
from core.errors import Invalid, constraint_sentence
from core.validation import NumberRange, max_length
from orgs.models import ApiToken, Organization, User
from queues.models import DAILY_MINUTES, WAITING_RANGE, AgentStatus, PauseReason, Queue
from sectors.models import (
    MAX_RANGES,
    TICKET_LIMIT,
    WAITING_EVERY,
    AgentLimit,
    AutomaticMessage,
    QuickMessage,
    Sector,
    WorkException,
)
from tags.models import Tag
from tests.builders import Desk
from tests.refusals import refused_by
from tickets.models import MINUTES, OFFLINE_MINUTES, RULES, Attachment, AttendanceRules, Contact, Message, Ticket

APPS = {
    *("core", "orgs", "sectors", "queues", "tags", "tickets", "reports", "active_messages", "setup", "guide"),
    "weni_chats",
}
Column = tuple[type[models.Model], str]

#: Fields of forms by the column that they fill.
FORMS: dict[str, Column] = {
    "NameForm.name": (Organization, "name"),
    "AccountForm.first_name": (User, "first_name"),
    "AccountForm.last_name": (User, "last_name"),
    "ProfileForm.first_name": (User, "first_name"),
    "ProfileForm.last_name": (User, "last_name"),
    "NewTokenForm.name": (ApiToken, "name"),
    "TokenForm.name": (ApiToken, "name"),
    "GeneralForm.name": (Sector, "name"),
    "NewSectorForm.name": (Sector, "name"),
    "CopyForm.name": (Sector, "name"),
    "NewSectorForm.queue_name": (Queue, "name"),
    "QueueForm.name": (Queue, "name"),
    "PauseReasonForm.name": (PauseReason, "name"),
    "StatusForm.reason": (AgentStatus, "reason"),
    "DayForm.label": (WorkException, "label"),
    "QuickForm.text": (QuickMessage, "text"),
    "AutomaticForm.opening": (AutomaticMessage, "text"),
    "AutomaticForm.waiting": (AutomaticMessage, "text"),
    "AutomaticForm.assignment": (AutomaticMessage, "text"),
    "AutomaticForm.closing": (AutomaticMessage, "text"),
    "AutomaticForm.closed": (AutomaticMessage, "text"),
    "TagForm.name": (Tag, "name"),
    "TagForm.description": (Tag, "description"),
    "ServiceRulesForm.warn_text": (AttendanceRules, "warn_text"),
    "TransferForm.note": (Message, "text"),
    "ContactNameForm.name": (Contact, "name"),
}
#: Searches, lists of addresses, what is stored otherwise than typed.
NO_COLUMN = {
    # Of the library, which looks an address up.
    "AddEmailForm.email", "ResetPasswordForm.email",
    "QuestionForm.who", "QuestionForm.thing", "QuestionForm.zone", "CallbackFilterForm.zone", "ZonedPeriodForm.zone",
    "FilterForm.contact", "FilterForm.protocol",
    "FilterForm.text", "CloseForm.filter", "RetagForm.filter", "TransferForm.filter", "TransferForm.to",
    "AccountForm.password", "_AddressesForm.emails", "OrganizationMemberForm.emails", "ProjectMemberForm.emails",
    "DayForm.hours",
    # With its slash.
    "QuickForm.shortcut",
    # As it is pasted, and as it is encrypted; choices.
    "EngineForm.address", "EngineForm.token", "StartForm.person", "StartForm.flow",
    "SeveralForm.people", "SeveralForm.flow", "StartFilterForm.zone",
}  # fmt: skip
NUMBERS = {
    "ticket_limit": TICKET_LIMIT,
    "limit": TICKET_LIMIT,
    "waiting_every": WAITING_EVERY,
    "max_waiting": WAITING_RANGE,
    "daily_minutes": DAILY_MINUTES,
    "give_back_after": MINUTES,
    "move_on_after": OFFLINE_MINUTES,
    "warn_after": MINUTES,
    "close_after": MINUTES,
    "waiting_target": MINUTES,
    "retag_for": MINUTES,
    "hourly_limit": HOURLY,
}
#: Fields of serializers by the columns that one of the name may fill.
SERIALIZERS: dict[str, list[Column]] = {
    "first_name": [(User, "first_name")],
    "last_name": [(User, "last_name")],
    "name": [(Organization, "name"), (ApiToken, "name"), (Sector, "name"), (Queue, "name"), (Tag, "name"),
             (Contact, "name")],
    "queue": [(Queue, "name")],
    "tags": [(Tag, "name")],
    "names": [(Tag, "name")],
    "description": [(Tag, "description")],
    "label": [(WorkException, "label")],
    "timezone": [(Sector, "timezone")],
    "shortcut": [(QuickMessage, "shortcut")],
    "text": [(QuickMessage, "text"), (Message, "text")],
    "opening": [(AutomaticMessage, "text")],
    "waiting": [(AutomaticMessage, "text")],
    "assignment": [(AutomaticMessage, "text")],
    "closing": [(AutomaticMessage, "text")],
    "closed": [(AutomaticMessage, "text")],
    "warn_text": [(AttendanceRules, "warn_text")],
    "note": [(Message, "text")],
    "reason": [(AgentStatus, "reason")],
    "external_id": [(Contact, "external_id"), (Message, "external_id")],
    "contact": [(Contact, "external_id")],
    "email": [(Contact, "email")],
    "phone": [(Contact, "phone")],
    "urn": [(Contact, "urn")],
    "content_type": [(Attachment, "content_type")],
    "url": [(Attachment, "url")],
    "callback_url": [(Ticket, "callback_url")],
    "ticket_uuid": [(Ticket, "ticket_uuid")],
    "flow_uuid": [(Ticket, "flow_uuid")],
    "protocol": [(Ticket, "protocol")],
    "user_email": [(User, "email")],
    "agent": [(User, "email")],
}  # fmt: skip
#: Files and lists as texts, searches, words of other catalogues.
NO_COLUMN_IN_API = {"q", "emails", "content", "fingerprint", "country", "region", "before", "cursor", "who", "what"}
#: Texts that Postgres doesn't hold to their limit in every row: an automatic message may become longer when its
#: variables are filled in. That of other messages is held by message_text_fits.
HELD_BY_CODE = {"tickets.Message.text"}


def classes(base: type) -> list[type]:
    """Return the program's own classes of a kind, all loaded."""
    _everything = get_resolver().reverse_dict

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return [kind for kind in dict.fromkeys(below(base)) if kind.__module__.split(".")[0] in APPS]


def form_fields(kind: type[forms.Field]) -> Iterator[tuple[str, Any]]:
    for form in classes(forms.Form):
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]
            if isinstance(field, kind):
                yield f"{form.__name__}.{name}", field


def serializer_fields(kind: type[serializers.Field]) -> Iterator[tuple[str, str, Any]]:
    for serializer in classes(serializers.Serializer):
        for name, field in serializer().fields.items():
            for one in (field, getattr(field, "child", None)):
                if isinstance(one, kind) and not field.read_only:
                    yield serializer.__name__, name, one


def test_texts_of_forms_have_the_length_of_their_column() -> None:
    bounded = {name: field.max_length for name, field in form_fields(forms.CharField) if field.max_length}
    assert bounded.keys() == FORMS.keys() | NO_COLUMN
    expected = {name: max_length(*column) for name, column in FORMS.items()}
    assert {name: bounded[name] for name in FORMS} == expected
    assert bounded["QuickForm.shortcut"] == max_length(QuickMessage, "shortcut") + len("/")


def test_numbers_of_forms_have_the_range_of_their_column() -> None:
    found = {name: field for name, field in form_fields(forms.IntegerField) if name.partition(".")[2] in NUMBERS}
    assert {name.partition(".")[2] for name in found} == NUMBERS.keys()
    for name, field in found.items():
        assert {"min_value": field.min_value, "max_value": field.max_value} == NUMBERS[name.partition(".")[2]].bounds


def test_texts_of_serializers_have_the_length_of_their_column_or_leave_it_to_the_operation() -> None:
    """What operations clean of blanks may come in longer by far; what is in between would be an old number."""
    for serializer, name, field in serializer_fields(serializers.CharField):
        if field.max_length is None or name in NO_COLUMN_IN_API:
            continue
        assert name in SERIALIZERS, f"{serializer}.{name}: which column is it?"
        lengths = {max_length(*column) for column in SERIALIZERS[name]}
        assert field.max_length in lengths or field.max_length >= 2 * min(lengths), f"{serializer}.{name}"


def test_numbers_of_serializers_have_the_range_of_their_column() -> None:
    checked = 0
    for serializer, name, field in serializer_fields(serializers.IntegerField):
        # Those of answers have no bounds.
        if name in NUMBERS and field.max_value is not None and not (name == "limit" and serializer.endswith("Query")):
            bounds = {"min_value": field.min_value, "max_value": field.max_value}
            assert bounds == NUMBERS[name].bounds, f"{serializer}.{name}"
            checked += 1
    assert checked


@pytest.mark.django_db
def test_the_database_has_the_length_of_every_text() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, character_maximum_length FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
        lengths = {(table, column): length for table, column, length in cursor.fetchall()}
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        )
        checks = set(cursor.fetchall())
    missing = set()
    for model in apps.get_models():
        if model._meta.app_label not in APPS:
            continue
        for field in model._meta.local_concrete_fields:
            if not isinstance(field, models.CharField | models.TextField) or not field.max_length:
                continue
            table, column = model._meta.db_table, field.column
            check = f"CHECK ((length({column}) <= {field.max_length}))"
            if lengths[table, column] != field.max_length and (table, check) not in checks:
                missing.add(f"{model._meta.label}.{field.name}")
    assert missing == HELD_BY_CODE


@pytest.mark.parametrize(
    ("model", "column", "constraint"),
    [
        (Sector, "ticket_limit", "sector_limit_in_range"),
        (Sector, "waiting_every", "sector_waiting_every_in_range"),
        (AgentLimit, "ticket_limit", "agent_limit_in_range"),
        (Queue, "max_waiting", "queue_max_waiting_in_range"),
        (PauseReason, "daily_minutes", "pause_reason_minutes_in_range"),
        *((AttendanceRules, name, f"attendance_{name}_in_range")
          for name in RULES),
    ],
)  # fmt: skip
def test_the_database_refuses_one_more_and_one_less(
    desk: Desk, model: type[models.Model], column: str, constraint: str
) -> None:
    PauseReason.objects.create(project=desk.project, name="Lunch")
    AgentLimit.objects.create(sector=desk.sector, user=desk.agent_online(), ticket_limit=1)
    desk.rules(give_back_after=1)
    numbers: NumberRange = NUMBERS[column]
    rows = model._default_manager.all()
    for number in (numbers.most + 1, *([numbers.least - 1] if numbers.least else [])):
        with refused_by(constraint):
            rows.update(**{column: number})
        with pytest.raises(Invalid):
            numbers.clean(number, field=column)
    assert numbers.clean(numbers.most, field=column) == numbers.most


def test_the_database_refuses_one_range_of_a_day_more(desk: Desk) -> None:
    ranges = [[minute, minute + 1] for minute in range(MAX_RANGES + 1)]
    with refused_by("work_exception_ranges_in_order"):
        WorkException.objects.create(sector=desk.sector, date="2030-12-25", ranges=ranges)
    WorkException.objects.create(sector=desk.sector, date="2030-12-25", ranges=ranges[:-1])


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("quick_message_text_fits", "Use no máximo 4000 caracteres."),
        ("work_exception_date_in_range", "Escolha uma data entre 1970 e 2200."),
    ],
)
def test_what_the_database_refuses_is_said_in_the_readers_language(constraint: str, said: str) -> None:
    with translation.override("pt-br"):
        assert str(constraint_sentence(constraint)) == said


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The maximum number waiting is a number from 0 to 10,000."),
        ("pt-br", "O máximo em espera é um número de 0 a 10.000."),
    ],
)
def test_the_sentence_says_the_range_in_the_readers_language(language: str, sentence: str) -> None:
    with translation.override(language):
        assert str(WAITING_RANGE.refusal) == sentence
