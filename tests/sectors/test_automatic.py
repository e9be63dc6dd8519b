"""What a sector writes to contacts by itself: setting it (docs/rules.md, Automatic messages)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Conflict, Invalid, NotAllowed
from orgs.models import AuditEntry
from sectors.message_variables import ALL_NAMES, filled, unknown_variables, variables_of
from sectors.models import AutomaticMessage, Moment, Sector
from sectors.operations import set_automatic_messages
from sectors.operations.automatic_messages import texts_of
from tests.builders import Desk

pytestmark = pytest.mark.django_db


def change(desk: Desk, **texts: Any) -> dict[str, str]:
    return set_automatic_messages(desk.sector, texts, by=desk.by())


def every(desk: Desk) -> int | None:
    return Sector.objects.get(pk=desk.sector.pk).waiting_every


def test_each_moment_has_a_text_or_none(desk: Desk) -> None:
    assert change(desk, opening="Welcome", closing="Goodbye") == {"opening": "Welcome", "closing": "Goodbye"}
    assert change(desk, opening="", waiting="  Patience\r\nplease ") == {
        "closing": "Goodbye",
        "waiting": "Patience\nplease",
    }
    assert texts_of(desk.sector) == {"closing": "Goodbye", "waiting": "Patience\nplease"}


def test_the_minutes_stay_unless_they_are_named(desk: Desk) -> None:
    set_automatic_messages(desk.sector, {}, by=desk.by(), waiting_every=15)
    change(desk, opening="Welcome")
    assert every(desk) == 15
    set_automatic_messages(desk.sector, {}, by=desk.by(), waiting_every=None)
    assert every(desk) is None


@pytest.mark.parametrize("minutes", [0, -1, 1441, 2.5, "10", True, 10**12])
def test_minutes_are_a_number_from_1_to_1440(desk: Desk, minutes: Any) -> None:
    with pytest.raises(Invalid) as refused:
        set_automatic_messages(desk.sector, {"opening": "Welcome"}, by=desk.by(), waiting_every=minutes)
    assert (refused.value.code, refused.value.field) == ("waiting_every_out_of_range", "waiting_every")
    assert texts_of(desk.sector) == {}


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("opening", "{{contact.nam}}"),
        ("opening", "{{ }}"),
        # Nobody has the ticket yet, and who has one waits in no line.
        ("opening", "{{agent.name}}"),
        ("waiting", "{{agent.name}}"),
        ("closed", "{{agent.name}}"),
        ("assignment", "{{ticket.position}}"),
        ("closing", "{{ticket.position}}"),
    ],
)
def test_variables_without_a_value_at_that_moment_are_refused(desk: Desk, moment: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        change(desk, **{moment: text})
    assert (refused.value.code, refused.value.field) == ("unknown_variable", moment)
    assert texts_of(desk.sector) == {}


@pytest.mark.parametrize("text", ["x" * 4001, None, 5, ["Welcome"]])
def test_what_is_no_text_or_too_long_is_refused(desk: Desk, text: Any) -> None:
    with pytest.raises(Invalid) as refused:
        change(desk, closing=text)
    assert refused.value.field == "closing"


def test_the_refusal_says_whether_a_variable_exists_at_all(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        change(desk, opening="{{agent.name}}")
    assert str(refused.value) == "These variables have no value at this moment: {{agent.name}}."
    with pytest.raises(Invalid) as refused:
        change(desk, opening="{{agent.name}} {{agent.nmae}}")
    assert str(refused.value) == "There are no such variables: {{agent.name}}, {{agent.nmae}}."


def test_a_moment_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid, match="There is no such moment: dawn"):
        change(desk, dawn="Good morning")


def test_every_moment_offers_variables_and_knows_those_it_offers(desk: Desk) -> None:
    for moment in Moment.values:
        names = [variable.name for variable in variables_of(moment)]
        text = " ".join(f"{{{{{name}}}}}" for name in names)
        change(desk, **{moment: text})
        assert unknown_variables(text, ALL_NAMES) == []
        assert filled(text, dict.fromkeys(names, "x")) == " ".join("x" for _ in names)


def test_what_changed_is_in_the_log(desk: Desk) -> None:
    change(desk, opening="Welcome")
    set_automatic_messages(desk.sector, {"opening": "Hello"}, by=desk.by(), waiting_every=5)
    entry = AuditEntry.objects.filter(action="sector.changed").latest("at")
    assert entry.before == {"automatic_opening": "Welcome", "waiting_every": None}
    assert entry.after == {"automatic_opening": "Hello", "waiting_every": 5}


def test_who_configures_the_sector_may(desk: Desk) -> None:
    set_automatic_messages(desk.sector, {"opening": "Welcome"}, by=desk.by(desk.manager()))
    for stranger in (desk.agent(), desk.manager(desk.add_sector())):
        with pytest.raises(NotAllowed):
            set_automatic_messages(desk.sector, {"opening": "Hello"}, by=desk.by(stranger))
    assert texts_of(desk.sector) == {"opening": "Welcome"}


def test_a_change_made_from_an_older_state_is_refused(desk: Desk) -> None:
    seen = Sector.objects.get(pk=desk.sector.pk).modified_at
    change(desk, opening="Welcome")
    with pytest.raises(Conflict):
        set_automatic_messages(desk.sector, {"opening": "Hello"}, by=desk.by(), expected_version=seen)
    assert texts_of(desk.sector) == {"opening": "Welcome"}


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"moment": "opening", "text": ""}, "automatic_message_has_text"),
        ({"moment": "dawn", "text": "Good morning"}, "automatic_message_moment_known"),
        ({"moment": "closing", "text": "Goodbye again"}, "automatic_message_once"),
    ],
)
def test_around_the_code_the_database_refuses_too(desk: Desk, values: dict[str, str], constraint: str) -> None:
    change(desk, closing="Goodbye")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AutomaticMessage.objects.create(sector=desk.sector, **values)


def test_around_the_code_the_minutes_are_held_too(desk: Desk) -> None:
    with pytest.raises(IntegrityError, match="sector_waiting_every_in_range"), transaction.atomic():
        Sector.objects.filter(pk=desk.sector.pk).update(waiting_every=0)
