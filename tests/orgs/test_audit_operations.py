"""Every administrative operation writes to the audit log, in its own transaction, and only where something changed.

Whatever a module of operations offers is either in ``CASES``, and tried here, or in ``LEFT_OUT`` with the reason: an
operation added tomorrow is in neither, and fails.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from orgs import audit
from orgs.audit import descriptions as words
from orgs.audit.log import SECRET_FIELDS
from orgs.models import AuditEntry, Project
from sectors.models import Sector
from tests.builders import Desk

from . import (  # noqa: F401
    audit_cases_active_messages,
    audit_cases_callbacks,
    audit_cases_contacts,
    audit_cases_places,
    audit_cases_queues,
    audit_cases_sectors,
)
from .audit_cases import CASES, LEFT_OUT, TICKETS

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = ("orgs", "sectors", "queues", "tags", "tickets", "reports", "active_messages", "setup", "guide")

# What is offered


def modules() -> Iterator[ModuleType]:
    """Yield the modules of operations of all apps."""
    for app in MODULES:
        try:
            package = importlib.import_module(f"{app}.operations")
        except ModuleNotFoundError:
            continue
        yield package
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{app}.operations."):
            yield importlib.import_module(found.name)


def offered() -> set[str]:
    """Return the operations: public functions of those modules, by their whole name."""
    return {
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == module.__name__
    }


def of_a_ticket(name: str) -> bool:
    """Whether an operation, or a module of them, is about tickets, not about contacts or what is set for them."""
    others = tuple(
        f"tickets.operations.{name}" for name in ("service_rules", "merging", "erasing", "callbacks", "contact_names")
    )
    return name.startswith("tickets.operations") and not name.startswith(others)


def test_every_operation_is_tried_here_or_left_out_for_a_reason() -> None:
    known = CASES.keys() | LEFT_OUT.keys()
    unknown = {name for name in offered() if name not in known and not of_a_ticket(name)}
    assert not unknown, f"in neither list: {sorted(unknown)}"
    assert not known - offered(), f"no longer there: {sorted(known - offered())}"
    assert not CASES.keys() & LEFT_OUT.keys()


def test_the_operations_of_tickets_have_a_log_of_their_own() -> None:
    """They are left out as a whole: what happens to a ticket is in its conversation, and none changes settings (but
    the rules of attending, which are tried)."""
    assert TICKETS
    for module in modules():
        if of_a_ticket(module.__name__):
            assert "audit" not in vars(module)


def whole_database() -> dict[str, Any]:
    """Return every row of the program's own tables."""
    own = {"orgs", "sectors", "queues", "tags", "tickets", "active_messages"}
    return {
        str(model._meta): sorted(map(repr, model._base_manager.values_list()))
        for config in apps.get_app_configs()
        if config.label in own
        for model in config.get_models()
    }


class Unwritable(Exception):
    """The log can't be written."""


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_operation_writes_what_it_did_with_it_or_not_at_all(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = transaction.savepoint()
    case = CASES[name](desk)
    before = whole_database()

    # Where the entry can't be written, nothing is done either.
    with monkeypatch.context() as patch:

        def fail(*args: Any, **kwargs: Any) -> None:
            raise Unwritable

        patch.setattr(AuditEntry.objects, "create", fail)
        patch.setattr(AuditEntry.objects, "bulk_create", fail)
        with pytest.raises(Unwritable):
            case.do()
    assert whole_database() == before
    transaction.savepoint_rollback(point)

    # What objects in memory took on is not the database's: they are read anew.
    case = CASES[name](read_anew(desk))
    seen = set(AuditEntry.objects.values_list("pk", flat=True))
    case.do()
    entries = list(AuditEntry.objects.exclude(pk__in=seen))
    assert sorted(entry.action for entry in entries) == case.actions
    for entry in entries:
        check(entry)
    if case.again is not None:
        case.again()
        assert AuditEntry.objects.exclude(pk__in=seen).count() == len(entries), "nothing changed, but it was written"


def read_anew(desk: Desk) -> Desk:
    """Return the desk as the database has it."""
    return Desk(
        project=Project.objects.select_related("organization").get(pk=desk.project.pk),
        administrator=desk.administrator,
        sector=Sector.objects.get(pk=desk.sector.pk),
        queue=desk.sector.queues.order_by("position")[0],
        tags=list(desk.sector.tags.order_by("position")),
    )


def check(entry: AuditEntry) -> None:
    """An entry says who and where, reads as a sentence, and names fields in words."""
    assert entry.actor_name
    assert entry.target_id
    assert entry.organization_id
    sentence = words.sentence_of(entry)
    assert words.NONE not in sentence, sentence
    assert "%" not in sentence
    assert entry.action not in sentence
    fields = {**(entry.before or {}), **(entry.after or {})}
    assert not fields.keys() - words.FIELDS.keys(), "fields without words"
    assert not fields.keys() & SECRET_FIELDS


# What is said


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of ``audit.record`` in the program, with where it stands; of a module's own ``_record``, which
    hands the action on, those of that."""
    for app in (
        "orgs",
        "sectors",
        "queues",
        "tags",
        "tickets",
        "reports",
        "active_messages",
        "setup",
        "live",
        "weni_chats",
    ):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                called = ast.unparse(node.func)
                handed_on = len(node.args) > 1 and ast.unparse(node.args[1]) == "action"
                if called in {"audit.record", "audit.record_all", "_record"} and not handed_on:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_action_has_a_sentence_and_every_sentence_an_action() -> None:
    found = set()
    for place, call in calls():
        for action in actions_in(call.args[1], place):
            found.add(action)
    assert found - words.ACTIONS.keys() == set(), "actions without a sentence"
    assert words.ACTIONS.keys() - found == set(), "sentences of no action"


def actions_in(node: ast.expr, place: str) -> list[str]:
    """Return the actions that an argument may be: a text, or one of two."""
    if isinstance(node, ast.IfExp):
        return actions_in(node.body, place) + actions_in(node.orelse, place)
    assert isinstance(node, ast.Constant), f"{place}: write the action as a text, so that it is found"
    return [str(node.value)]


def test_every_action_belongs_to_a_group() -> None:
    assert {action for action in words.ACTIONS if not words.group_of(action)} == set()


def test_no_entry_is_written_about_a_secret(desk: Desk) -> None:
    for field in SECRET_FIELDS:
        with pytest.raises(ValueError, match="secrets"):
            audit.record(desk.by(), "token.created", desk.sector, project=desk.project, after={field: "x"})
