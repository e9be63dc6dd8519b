"""Endpoints for an engine of the type *generic*. Each parses, calls one operation and responds."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import known
from core.validation import max_length
from orgs.api.base import MayOpen, actor_of
from tickets import errors, operations
from tickets.api.external import intake
from tickets.api.external.views import FlowViewSet
from tickets.intake import Intake
from tickets.models import IdempotentAnswer

from . import mapping
from .serializers import (
    GenericHistoryAnswer,
    GenericHistoryRequest,
    GenericMessageAnswer,
    GenericMessageRequest,
    GenericOpenAnswer,
    GenericOpenRequest,
    GenericStatusAnswer,
    GenericTicketAnswer,
)

#: What differs between two requests for the same: when they were sent, and for which of the engine's tickets.
_PASSING = frozenset({"opened_at", "sent_at", "closed_at", "reopened_at", "ticket_id", "external_id"})
#: Refusals that the same request may not get again.
_NOT_KEPT = frozenset({401, 403, 408, 413, 415, 429})
_KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The same key is answered the same for a day, and nothing is done a second time.",
)  # fmt: skip


def _call(**description: Any) -> Any:
    return extend_schema(tags=["generic"], parameters=[_KEY], **description)


class GenericViewSet(FlowViewSet):
    """``/v1/generic/{place}/v1/tickets``: ``place`` is the sector or queue of the ticketer's base URL."""

    rules: ClassVar = dict.fromkeys(["create", "retrieve", "messages", "history", "close", "reopen"], MayOpen)
    # Whatever the call: fifty lines of ten thousand characters, escaped, are three megabytes.
    max_body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @_call(operation_id="generic_tickets_open", request=GenericOpenRequest, responses={201: GenericOpenAnswer})
    def create(self, request: Request, place: UUID) -> Response:
        """Open a ticket. The contact's open one is answered with 409, `ticket_already_open`, and goes on for the
        new ticket of the engine under the `external_id` in `details`."""
        mapping.check_place(self.token, place)

        def work() -> Response:
            data = intake.kept(GenericOpenRequest, request.data)
            opened = mapping.open_ticket(self.token, place, data, by=actor_of(request))
            if opened.present:
                return _already_open(opened.named)
            return Response(_shown(opened.named, "external_id", "status", "created_at"), 201)

        return self._once(("open", str(place)), work, with_ticket=True)

    @extend_schema(tags=["generic"], operation_id="generic_tickets_one", responses=GenericTicketAnswer)
    def retrieve(self, request: Request, place: UUID, external_id: UUID) -> Response:
        """Return a ticket."""
        named = mapping.ticket_named(self.token, place, external_id)
        shown = _shown(named, "external_id", "status", "created_at", "updated_at")
        return Response({**shown, "contact": {"name": named.ticket.contact.name}})

    @_call(operation_id="generic_messages_create", request=GenericMessageRequest, responses=GenericMessageAnswer)
    def messages(self, request: Request, place: UUID, external_id: UUID) -> Response:
        """Store a message of the contact or of the bot."""
        named = mapping.ticket_named(self.token, place, external_id)

        def work() -> Response:
            data = intake.kept(GenericMessageRequest, request.data)
            message = mapping.receive(named, data)
            stored = str(message.pk) if message else data.get("message_id") or ""
            return Response({"message_external_id": stored, "status": "received"})

        return self._once(("messages", str(named.ticket.pk)), work)

    @_call(operation_id="generic_history_create", request=GenericHistoryRequest, responses=GenericHistoryAnswer)
    def history(self, request: Request, place: UUID, external_id: UUID) -> Response:
        """Store what was said before the hand-over, and what the live conversation lacks since."""
        named = mapping.ticket_named(self.token, place, external_id)

        def work() -> Response:
            lines = intake.kept(GenericHistoryRequest, request.data).get("messages") or []
            operations.add_history(named.ticket.pk, lines)
            return Response({"status": "history_received", "messages_received": len(lines)})

        return self._once(("history", str(named.ticket.pk)), work)

    @_call(operation_id="generic_tickets_close", request=OpenApiTypes.OBJECT, responses=GenericStatusAnswer)
    def close(self, request: Request, place: UUID, external_id: UUID) -> Response:
        """Close a ticket for the engine; the body is not looked at. 409, `ticket_already_closed`, if it is closed."""
        named = mapping.ticket_named(self.token, place, external_id)

        def work() -> Response:
            mapping.close(named, by=actor_of(request))
            return Response({"status": "closed"})

        return self._once(("close", str(named.ticket.pk)), work)

    @_call(operation_id="generic_tickets_reopen", request=OpenApiTypes.OBJECT, responses=GenericOpenAnswer)
    def reopen(self, request: Request, place: UUID, external_id: UUID) -> Response:
        """Go on with a closed ticket, in a new one that is linked to it and keeps the `external_id`."""
        named = mapping.ticket_named(self.token, place, external_id)

        def work() -> Response:
            ticket = mapping.reopen(named, by=actor_of(request))
            return Response(_shown(mapping.Named(ticket, external_id), "external_id", "status", "created_at"))

        return self._once(("reopen", str(named.ticket.pk)), work)

    def _once(self, what: tuple[str, ...], work: Callable[[], Response], *, with_ticket: bool = False) -> Response:
        """Do the work, unless it was done before under the request's key; answer as the first time.

        Work and answer are stored in one transaction.
        """
        key = Intake().identifier(
            self.request.headers.get("Idempotency-Key", ""), max_length(IdempotentAnswer, "key")
        )
        if not key:
            return work()
        fingerprint = _fingerprint(what, self.request.data, with_ticket)
        with transaction.atomic():
            if before := operations.answered_before(self.token, key, fingerprint):
                return Response(before.answer, before.status)
            answer = _answer_of(work)
            operations.keep_answer(self.token, key, fingerprint, answer.status_code, answer.data)
        return answer


def _answer_of(work: Callable[[], Response]) -> Response:
    """Return the answer, also if it is a refusal that would be the same again."""
    try:
        with transaction.atomic():
            return work()
    except Exception as error:
        answer = known(error)
        if answer is None or answer.status_code >= 500 or answer.status_code in _NOT_KEPT:
            raise
        return answer


def _fingerprint(what: tuple[str, ...], body: Any, with_ticket: bool) -> str:
    passing = _PASSING - {"ticket_id"} if with_ticket else _PASSING
    said = body
    if isinstance(body, dict):
        said = {name: value for name, value in body.items() if name not in passing and value is not None}
    return hashlib.sha256(json.dumps([what, said], sort_keys=True).encode()).hexdigest()


def _shown(named: mapping.Named, *names: str) -> dict[str, Any]:
    ticket = named.ticket
    values = {
        "external_id": named.external_id,
        "status": "open" if named.is_open else "closed",
        "created_at": ticket.opened_at,
        "updated_at": ticket.modified_at,
        "contact": ticket.contact,
    }
    shown = GenericTicketAnswer(values).data
    return {name: shown[name] for name in names}


def _already_open(named: mapping.Named) -> Response:
    kind = errors.AlreadyOpen
    return Response({"detail": str(kind.sentence), "code": kind.code, "external_id": str(named.external_id)}, 409)
