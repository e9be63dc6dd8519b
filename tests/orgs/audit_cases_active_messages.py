"""What is done to the engine and through it, for the audit log."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.test import override_settings

from active_messages import operations
from active_messages.models import FlowEngine, Start
from active_messages.people import Person
from sectors import operations as sectors
from tests.builders import Desk
from tests.engine.api_v2 import ApiV2

from .audit_cases import Case, case_of

ALLOWED = override_settings(CALLBACK_ALLOWED_HOSTS=["127.0.0.1"])


@cache
def api() -> ApiV2:
    """Return an engine; one for all cases."""
    made = ApiV2()
    made.run_after = None
    made.add_flow("Reminder")
    return made


def connect(desk: Desk, **values: Any) -> FlowEngine:
    with ALLOWED:
        return operations.connect_engine(
            desk.project, by=desk.by(), address=api().url, token=api().token, hourly_limit=500, **values
        )


@case_of(operations.connect_engine)
def _(desk: Desk) -> Case:
    return Case(lambda: connect(desk), ["engine.connected"], again=lambda: connect(desk))


@case_of(operations.disconnect_engine)
def _(desk: Desk) -> Case:
    connect(desk)

    def do() -> None:
        operations.disconnect_engine(desk.project, by=desk.by())

    return Case(do, ["engine.disconnected"], again=do)


def start(desk: Desk) -> Callable[[], Any]:
    """Return what starts a conversation."""
    sectors.update_sector(desk.sector, by=desk.by(), active_messages=True)
    desk.sector.refresh_from_db()
    connect(desk)

    def do() -> Any:
        with ALLOWED:
            return operations.start_conversations(
                [Person(urn="telegram:1")], flow_uuid=api().flows[0].uuid, sector=desk.sector, by=desk.by()
            )

    return do


@case_of(operations.start_conversations)
def _(desk: Desk) -> Case:
    return Case(start(desk), ["conversations.started"])


@case_of(operations.start_again)
def _(desk: Desk) -> Case:
    start(desk)()
    Start.objects.update(state="unclear")

    def do() -> None:
        with ALLOWED:
            operations.start_again(Start.objects.get(state="unclear"), by=desk.by())

    return Case(do, ["conversations.started"])
