"""A project's configuration as a file: what is in it, and that reading it gives the same."""

from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgs.access import SYSTEM
from sectors import operations as sectors
from sectors.hours.written import read_range
from sectors.operations import QuickText
from setup.configuration import times
from setup.configuration.dump import configuration_of
from setup.configuration.yaml_writer import as_yaml
from tags import operations as tags
from tests.builders import Desk

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


#: The first draw builds a table of characters, which takes its time.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_TEXTS, _TEXTS, max_size=5), st.lists(_TEXTS, max_size=5))
def test_any_text_is_read_back_as_it_was(messages: dict[str, str], names: list[str]) -> None:
    facts = [{"name": "Support", "quick_messages": messages, "tags": [{"name": name} for name in names]}]
    assert yaml.safe_load(as_yaml(facts))["sectors"] == facts


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_a_range_is_read_back_as_it_was(opens: int, length: int) -> None:
    assert read_range(times.written((opens, opens + length))) == (opens, opens + length)


@pytest.mark.parametrize("text", ["", "8", "25:00-26:00", "08:00", "08:60-09:00", "24:00-06:00"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert read_range(text) is None


@pytest.mark.django_db
def test_the_command_writes_what_is_there_and_nothing_archived(desk: Desk) -> None:
    made = tags.add_tags(desk.sector, ["Ação", "Old"], by=SYSTEM)
    tags.archive_tag(made[1], by=SYSTEM)
    sectors.add_quick_messages(
        desk.project, [QuickText("hi", "Hello\n: {{contact.name}}")], by=SYSTEM, sector=desk.sector
    )
    out = StringIO()
    call_command("export_configuration", str(desk.project.pk), stdout=out)
    [sector] = yaml.safe_load(out.getvalue())["sectors"]
    assert [sector] == configuration_of(desk.project)
    assert sector["quick_messages"] == {"hi": "Hello\n: {{contact.name}}"}
    names = [tag["name"] for tag in sector["tags"]]
    assert "Ação" in names and "Old" not in names


@pytest.mark.django_db
def test_a_larger_project_takes_no_more_queries(desk: Desk, django_assert_num_queries) -> None:
    tags.add_tags(desk.sector, [f"Tag {n}" for n in range(50)], by=SYSTEM)
    with django_assert_num_queries(11):
        configuration_of(desk.project)


@pytest.mark.django_db
def test_an_unknown_project_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("export_configuration", "nowhere")
