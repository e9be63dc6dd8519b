"""Several tickets at once (docs/rules.md, Many at once): a result for each."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from orgs.access import Member, people_with_chats
from orgs.api.base import ProjectView, checked
from queues.models import Queue
from tickets import operations

from .serializers import CloseManyRequest, HandManyRequest, TicketOutcomesSerializer


def _answer(outcomes: Sequence[operations.Outcome]) -> Response:
    done = sum(outcome.done for outcome in outcomes)
    return Response(TicketOutcomesSerializer({"done": done, "results": outcomes}).data)


class TicketsClose(ProjectView):
    """The end of several tickets."""

    rules: ClassVar = {"POST": Member.may_use_chats}

    @extend_schema(
        operation_id="tickets_close_many",
        tags=["tickets"],
        request=CloseManyRequest,
        responses=TicketOutcomesSerializer,
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Close tickets by the rules for one, each by itself: the answer says of each whether it is done."""
        data = checked(CloseManyRequest, request.data)
        return _answer(operations.close_many(data["tickets"], by=self.actor, tag_ids=data["tags"]))


class TicketsTransfer(ProjectView):
    """Handing several tickets on."""

    rules: ClassVar = {"POST": Member.may_use_chats}

    @extend_schema(
        operation_id="tickets_transfer_many",
        tags=["tickets"],
        request=HandManyRequest,
        responses=TicketOutcomesSerializer,
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Move tickets to a queue or give them to an agent, each by itself: the answer says of each whether it is
        done."""
        data = checked(HandManyRequest, request.data)
        note = data["note"].strip()
        if "queue" in data:
            queue = Queue.objects.filter(pk=data["queue"], sector__project=self.member.project).first()
            if queue is None:
                raise Invalid(_("This queue is not there any more. Choose another."), field="queue")
            return _answer(operations.transfer_many(data["tickets"], queue, by=self.actor, note=note))
        agent = people_with_chats(self.member.project).filter(pk=data["agent"]).first()
        if agent is None:
            raise Invalid(_("This person has no access to Chats any more. Choose another."), field="agent")
        return _answer(operations.assign_many(data["tickets"], agent, by=self.actor, note=note))
