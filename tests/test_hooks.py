"""Hooks and registries: how an app asks those above it."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.hooks import Hook, Registry
from orgs.access.roles import ORGANIZATION_ROLES, PROJECT_ROLES
from orgs.audit import descriptions
from orgs.checks import every_hook_is_answered
from orgs.models import OrganizationRole, ProjectRole


def twice(number: int) -> int:
    """Return a number doubled."""
    raise NotImplementedError


@pytest.fixture
def hook() -> Iterator[Hook[[int], int]]:
    made = Hook(twice)
    yield made
    Hook.declared.remove(made)


def test_a_hook_is_answered_by_the_app_that_knows(hook: Hook[[int], int]) -> None:
    assert hook.answer(lambda number: 2 * number)(1) == 2
    assert hook(21) == 42


def test_no_second_app_answers(hook: Hook[[int], int]) -> None:
    hook.answer(lambda number: 2 * number)
    with pytest.raises(ImproperlyConfigured, match="twice is answered twice"):
        hook.answer(lambda number: number + number)
    assert hook(21) == 42


def test_without_an_answer_the_program_does_not_start(hook: Hook[[int], int]) -> None:
    [error] = every_hook_is_answered(None)
    assert (error.id, error.msg) == ("orgs.E006", f"{__name__}.twice is answered by no app.")
    with pytest.raises(ImproperlyConfigured, match="answered by no app"):
        hook(21)


def test_every_hook_of_the_program_is_answered() -> None:
    assert len(Hook.declared) > 10
    assert every_hook_is_answered(None) == []


def test_nothing_is_registered_twice() -> None:
    registry: Registry[int] = Registry()
    registry.add_all({"one": 1, "two": 2})
    with pytest.raises(ImproperlyConfigured, match="'one' is registered twice"):
        registry.add("one", 11)
    assert list(registry.items()) == [("one", 1), ("two", 2)]


def test_no_app_changes_the_sentence_of_another() -> None:
    before = dict(descriptions.ACTIONS)
    with pytest.raises(ImproperlyConfigured, match=r"'tag\.created' is registered twice"):
        descriptions.register_actions("tags", {"tag.created": "Made up"})
    assert dict(descriptions.ACTIONS) == before


def test_the_actions_of_a_noun_stand_in_one_group() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"sector\.painted is in tags"):
        descriptions.register_actions("tags", {"sector.painted": "Painted %(name)s"})
    assert "sector.painted" not in descriptions.ACTIONS
    assert descriptions.group_of("sector.created") == "sectors"


def test_every_role_has_its_line() -> None:
    assert list(ORGANIZATION_ROLES) == list(OrganizationRole)
    assert list(PROJECT_ROLES) == list(ProjectRole)


@pytest.mark.parametrize("role", ProjectRole)
def test_a_right_in_a_project_comes_with_those_before_it(role: ProjectRole) -> None:
    rights = PROJECT_ROLES[role]
    assert rights.configures or not rights.administers
    assert rights.uses_chats or not rights.configures
