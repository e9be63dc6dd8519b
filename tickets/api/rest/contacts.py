"""Contacts in the REST API: who is joined with one, merging, telling apart."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from tickets import operations
from tickets.models import Contact, JoinReason

#: Contacts of a person that an answer names.
MAX_JOINED = 100


class JoinedContactSerializer(serializers.Serializer):
    """A contact of a person. Of an anonymous one, neither URN nor phone number is shown."""

    id = serializers.UUIDField()
    external_id = serializers.CharField(help_text="The flow engine's id.")
    name = serializers.CharField()
    urn = serializers.CharField(source="urn_to_show")
    phone = serializers.CharField(source="phone_to_show")
    created_at = serializers.DateTimeField()
    joined_at = serializers.DateTimeField(allow_null=True, help_text="Null: the earliest of the person's.")
    joined_for = serializers.ChoiceField(JoinReason.choices, allow_blank=True)


class PersonContactSerializer(JoinedContactSerializer):
    """A contact with all that are the same person."""

    joined = serializers.SerializerMethodField(help_text=f"All of the person, itself too; the first {MAX_JOINED}.")

    @extend_schema_field(JoinedContactSerializer(many=True))
    def get_joined(self, contact: Contact) -> Any:
        rows = Contact.objects.filter(main=contact.main_id).order_by("created_at", "pk")
        return JoinedContactSerializer(rows[:MAX_JOINED], many=True).data


class ContactMerge(serializers.Serializer):
    """The contact to merge with."""

    contact = serializers.UUIDField()


@extend_schema(tags=["tickets"])
class ContactViewSet(ProjectScopedViewSet):
    """Contacts of a project, and which of them are the same person (docs/rules.md, Contacts)."""

    rules: ClassVar = dict.fromkeys(("retrieve", "merge", "apart", "erase"), Member.may_merge_contacts)
    serializer_class = PersonContactSerializer
    lookup_url_kwarg = "contact"

    def get_queryset(self) -> QuerySet[Contact]:
        """Return the project's contacts."""
        return Contact.objects.filter(project=self.member.project)

    @extend_schema(operation_id="contacts_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read a contact with those that are the same person."""
        return self.answer(self.get_object())

    @extend_schema(operation_id="contacts_merge", request=ContactMerge)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, **kwargs: Any) -> Response:
        """Merge two contacts, with all that are joined with either: they are the same person from now on."""
        other = self.get_queryset().filter(pk=checked(ContactMerge, request.data)["contact"]).first()
        if other is None:
            raise Invalid(_("There is no such contact in this project."), code="not_found", field="contact")
        operations.merge_contacts(self.get_object(), other, by=self.actor)
        return self.answer(self.get_object())

    @extend_schema(operation_id="contacts_apart", request=None)
    @action(detail=True, methods=["post"])
    def apart(self, request: Request, **kwargs: Any) -> Response:
        """Tell a contact apart from those it is joined with; no address or number joins them again."""
        operations.tell_contact_apart(self.get_object(), by=self.actor)
        return self.answer(self.get_object())

    @extend_schema(operation_id="contacts_erase", request=None)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, **kwargs: Any) -> Response:
        """Erase what is personal of a contact and of all that are the same person: names, addresses, what was said
        and sent. Tickets, times and figures stay. It can't be undone; refused while they have an open ticket."""
        operations.erase_contact(self.get_object(), by=self.actor)
        return self.answer(self.get_object())
