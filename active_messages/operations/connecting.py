"""Connecting a project with the engine that starts its flows."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from active_messages.client import Engine, EngineFailed, normal_address
from active_messages.models import HOURLY, FlowEngine, NumberScheme, Refusal, Starters
from core.encryption import Undecipherable, encrypt
from core.errors import Invalid, NotAllowed, rules_of_database
from orgs import audit
from orgs.access import Actor
from orgs.access.current import held
from orgs.models import Project

#: Longest token that is stored.
TOKEN_LENGTH = 500


def _check(by: Actor, project: Project) -> None:
    if by.member is None or by.member.project != project or not by.member.may_connect_flow():
        raise NotAllowed


def connect_engine(
    project: Project,
    *,
    by: Actor,
    address: str,
    token: str = "",
    starters: str = Starters.AGENTS,
    number_scheme: str = NumberScheme.WHATSAPP,
    hourly_limit: Any = 500,
    now: datetime | None = None,
) -> FlowEngine:
    """Connect a project with an engine, or change how; the engine is asked before anything is stored.

    ``address`` in any form that ``normal_address`` takes. Without a ``token`` the stored one stays, unless the
    address leads elsewhere: a token is not sent to where it was not entered for. ``now`` is aware. Raises NotAllowed,
    Invalid (with the field at fault).
    """
    _check(by, project)
    address, token = normal_address(address), token.strip()
    known = FlowEngine.objects.filter(project=project).first()
    values = {
        "address": address,
        "starters": _one_of(Starters.values, starters, "starters"),
        "number_scheme": _one_of(NumberScheme.values, number_scheme, "number_scheme"),
        "hourly_limit": HOURLY.clean(hourly_limit, field="hourly_limit"),
    }
    if len(token) > TOKEN_LENGTH or not token.isprintable() or not token.isascii():
        raise Invalid(_("This is no token of an engine."), field="token")
    if not token:
        if known is None or known.address != address:
            raise Invalid(_("Enter the token for this address."), field="token")
        try:
            token = known.open_token()
        except Undecipherable as error:
            raise Invalid(_("The stored token can’t be read any more. Enter it again."), field="token") from error
    # Not in the transaction: the engine takes its time.
    _ask(address, token)
    return _store(project, values, token, by, now or timezone.now())


def _one_of(values: list[str], given: str, field: str) -> str:
    if given not in values:
        raise Invalid(field=field)
    return given


def _ask(address: str, token: str) -> None:
    try:
        Engine(address, token).check()
    except EngineFailed as failure:
        sentences = {
            Refusal.TOKEN: ("token", _("The engine does not accept this token.")),
            Refusal.ADDRESS: ("address", _("No engine answers there. Use the address of its site or of its API.")),
            Refusal.UNREACHABLE: ("address", _("The engine does not answer. Check the address, or try again later.")),
            Refusal.BUSY: ("address", _("The engine is busy. Try again in a minute.")),
        }
        field, sentence = sentences.get(failure.refusal, ("address", failure.words))
        raise Invalid(sentence, code=failure.code, field=field) from failure


@transaction.atomic
def _store(project: Project, values: dict[str, Any], token: str, by: Actor, now: datetime) -> FlowEngine:
    by = held(by)
    _check(by, project)
    row = FlowEngine.objects.select_for_update(no_key=True).filter(project=project).first()
    with rules_of_database():
        if row is None:
            row = FlowEngine.objects.create(project=project, token=encrypt(token), checked_at=now, **values)
            audit.record(by, "engine.connected", project, project=project, after=values)
            return row
        replaced = _differs(row, token)
        before, after = audit.changes(row, values)
        row.token, row.checked_at = encrypt(token), now
        row.save()
    if replaced:
        audit.record(by, "engine.token_replaced", project, project=project)
    if after:
        audit.record(by, "engine.updated", project, project=project, before=before, after=after)
    return row


def _differs(row: FlowEngine, token: str) -> bool:
    try:
        return row.open_token() != token
    except Undecipherable:
        return True


@transaction.atomic
def disconnect_engine(project: Project, *, by: Actor) -> None:
    """Forget the engine and its token; nothing more is started. Idempotent. Raises NotAllowed."""
    by = held(by)
    _check(by, project)
    row = FlowEngine.objects.select_for_update().filter(project=project).first()
    if row is not None:
        row.delete()
        audit.record(by, "engine.disconnected", project, project=project, before={"address": row.address})
