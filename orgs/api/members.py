"""REST API of members and invitations, with the rules of the pages."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import pasted_addresses
from core.api.fields import Text
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from orgs import operations
from orgs.access import Member, OrganizationMember
from orgs.invitations import bulk
from orgs.invitations.mail import invitation_url
from orgs.lookups import memberships_of
from orgs.models import Invitation, InvitedProject, OrganizationRole, ProjectRole
from orgs.querysets import MembershipQuerySet

from .base import OrganizationScopedViewSet, ProjectScopedViewSet, RestViewSet, checked
from .serializers import project_named

_MEMBER_ACTIONS = ("list", "create", "partial_update", "destroy")
#: Maximum length of a pasted "Name <address>".
_PIECE = 400


class _MemberSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="user_id", help_text="The person's.")
    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    active = serializers.BooleanField(source="user.is_active", help_text="False: the account is switched off.")
    since = serializers.DateTimeField(source="created_at")


class OrganizationMemberSerializer(_MemberSerializer):
    """A member of an organization."""

    role = serializers.ChoiceField(OrganizationRole.choices)


class ProjectMemberSerializer(_MemberSerializer):
    """A member of a project. Administrators of the organization are Moderators without being listed."""

    role = serializers.ChoiceField(ProjectRole.choices)


class MembersQuery(PageQuery):
    """Parameters of the lists of members."""

    q = serializers.CharField(
        required=False, max_length=100, help_text="Words that name or address hold, whatever case and accents."
    )


class _Addresses(serializers.Serializer):
    emails = serializers.ListField(
        child=Text(max_length=_PIECE),
        allow_empty=False,
        max_length=pasted_addresses.MAX_ADDRESSES,
        help_text="Up to 200 addresses, with names (`Name <address>`, kept for who gives none) or without.",
    )


class OrganizationMembersNew(_Addresses):
    """People to add to an organization, and perhaps to one of its projects."""

    role = serializers.ChoiceField(OrganizationRole.choices)
    project = serializers.UUIDField(
        required=False, allow_null=True, help_text="Add them to this project too; also who is in the organization."
    )
    project_role = serializers.ChoiceField(
        ProjectRole.choices, default=ProjectRole.ATTENDANT, help_text="Their role in that project."
    )


class ProjectMembersNew(_Addresses):
    """People to add to a project."""

    role = serializers.ChoiceField(ProjectRole.choices)


class OrganizationRoleChange(serializers.Serializer):
    """Another role in the organization."""

    role = serializers.ChoiceField(OrganizationRole.choices)


class ProjectRoleChange(serializers.Serializer):
    """Another role in the project."""

    role = serializers.ChoiceField(ProjectRole.choices)


class InvitedProjectSerializer(serializers.Serializer):
    """A project that an invitation opens."""

    id = serializers.UUIDField(source="project_id")
    name = serializers.CharField(source="project.name")
    role = serializers.ChoiceField(ProjectRole.choices)


class InvitationSerializer(serializers.Serializer):
    """An invitation that waits; its link is in the mail, or was shown once."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    organization_role = serializers.ChoiceField(OrganizationRole.choices)
    first_name = serializers.CharField(help_text="As it was given with the address; theirs if they give no name.")
    last_name = serializers.CharField()
    projects = InvitedProjectSerializer(many=True, help_text="What it opens besides the organization.")
    invited_by = serializers.UUIDField(source="invited_by_id", allow_null=True, help_text="None: a program.")
    created_at = serializers.DateTimeField()
    mailed_at = serializers.DateTimeField(
        allow_null=True, help_text="When the e-mail with the present link left; none: it has not."
    )
    link_shown_at = serializers.DateTimeField(
        allow_null=True, help_text="When the present link was shown, to be passed on; none: it is in the mail alone."
    )
    expires_at = serializers.DateTimeField()
    expired = serializers.BooleanField(source="is_expired", help_text="It can be sent again.")


class SentSerializer(InvitationSerializer):
    """An invitation sent again."""

    mailed = serializers.BooleanField(help_text="False: the mail server did not take it; send it again later.")


class LinkSerializer(serializers.Serializer):
    """A new link of an invitation."""

    url = serializers.URLField(help_text="Works once, for that address, for seven days. It is not shown again.")


class OutcomeSerializer(serializers.Serializer):
    """What became of an address."""

    email = serializers.CharField()
    status = serializers.CharField(
        help_text="`added`, `invited`, `invitation_extended` (the open invitation opens the project too now), "
        "`already_member`, `already_invited`, `invalid`, or the code of a refusal."
    )
    detail = serializers.CharField(source="sentence")
    invitation = serializers.UUIDField(source="invitation.pk", default=None, allow_null=True)
    mailed = serializers.BooleanField(
        allow_null=True,
        help_text="False: invited, but the mail server did not take the e-mail. None: it is still going out.",
    )


class OutcomesSerializer(serializers.Serializer):
    """What became of each address."""

    results = OutcomeSerializer(many=True, source="each")


class _MemberViewSet(RestViewSet):
    lookup_field = "user"

    def listed(self) -> Response:
        """Return a page of the members that match the query."""
        asked = self.asked
        members: Any = self.get_queryset()
        return self.page(members.searched(asked.get("q", "")), ("created_at", "id"))

    def changed(self, kind: type[serializers.Serializer], change: Callable[..., object]) -> Response:
        """Give the member the requested role, and return the response that shows it."""
        membership = self.get_object()
        change(membership, checked(kind, self.request.data)["role"], by=self.actor)
        return self.answer(membership)

    def removed(self, remove: Callable[..., object]) -> Response:
        """Remove the member, and return the response that shows what was."""
        membership = self.get_object()
        was = self.answer(membership)
        remove(membership, by=self.actor)
        return was


def _addresses_in(data: dict[str, Any]) -> pasted_addresses.ParsedAddresses:
    pasted = pasted_addresses.parse_list(data["emails"])
    if not pasted.addresses and not pasted.wrong:
        raise Invalid(field="emails")
    return pasted


@extend_schema(tags=["members"])
class OrganizationMemberViewSet(_MemberViewSet, OrganizationScopedViewSet):
    """The members of an organization."""

    queries: ClassVar = {"list": MembersQuery}
    rules: ClassVar = dict.fromkeys(_MEMBER_ACTIONS, OrganizationMember.may_manage_members)
    serializer_class = OrganizationMemberSerializer

    def get_queryset(self) -> MembershipQuerySet:
        return memberships_of(self.member.organization)

    @extend_schema(
        operation_id="organizations_members_list",
        responses=listed(OrganizationMemberSerializer),
    )
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the members of an organization, first come first."""
        return self.listed()

    @extend_schema(
        operation_id="organizations_members_add",
        request=OrganizationMembersNew,
        responses={200: OutcomesSerializer},
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add people by e-mail address: who has an account is a member at once, anyone else is sent an invitation.
        Each address stands for itself; look at its status."""
        data = checked(OrganizationMembersNew, request.data)
        pk = data.get("project")
        project = project_named(self.member.organization, pk) if pk else None
        outcomes = bulk.to_organization(
            self.member.organization,
            _addresses_in(data),
            data["role"],
            project=project,
            project_role=data["project_role"] if project else "",
            by=self.actor,
        )
        return Response(OutcomesSerializer(outcomes).data)

    @extend_schema(operation_id="organizations_members_change", request=OrganizationRoleChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Give a member another role. What they lose by it ends at once; the last Administrator stays."""
        return self.changed(OrganizationRoleChange, operations.change_organization_role)

    @extend_schema(operation_id="organizations_members_remove", responses={200: OrganizationMemberSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a member from the organization and all its projects; active tickets go back to their queues.
        Answers with the member that was."""
        return self.removed(operations.remove_from_organization)


@extend_schema(tags=["members"])
class ProjectMemberViewSet(_MemberViewSet, ProjectScopedViewSet):
    """The members of a project."""

    queries: ClassVar = {"list": MembersQuery}
    rules: ClassVar = dict.fromkeys(_MEMBER_ACTIONS, Member.may_manage_members)
    serializer_class = ProjectMemberSerializer

    def get_queryset(self) -> MembershipQuerySet:
        return memberships_of(self.member.project)

    @extend_schema(
        operation_id="projects_members_list",
        responses=listed(ProjectMemberSerializer),
    )
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the members of a project, first come first."""
        return self.listed()

    @extend_schema(
        operation_id="projects_members_add", request=ProjectMembersNew, responses={200: OutcomesSerializer}
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add people by e-mail address. Those outside the organization join it as Viewer if you administer it, with
        an invitation where they have no account; else their status is `not_in_organization`."""
        data = checked(ProjectMembersNew, request.data)
        addresses = _addresses_in(data)
        outcomes = bulk.to_project(self.member, addresses, data["role"], by=self.actor)
        return Response(OutcomesSerializer(outcomes).data)

    @extend_schema(operation_id="projects_members_change", request=ProjectRoleChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Give a member another role. Without access to Chats, active tickets go back to their queues."""
        return self.changed(ProjectRoleChange, operations.change_project_role)

    @extend_schema(operation_id="projects_members_remove", responses={200: ProjectMemberSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a member from the project; active tickets go back to their queues.
        Answers with the member that was."""
        return self.removed(operations.remove_from_project)


@extend_schema(tags=["members"])
class OrganizationInvitationViewSet(OrganizationScopedViewSet):
    """The invitations of an organization and its projects that wait."""

    queries: ClassVar = {"list": PageQuery}
    rules: ClassVar = dict.fromkeys(("list", "resend", "link", "revoke"), OrganizationMember.may_manage_members)
    serializer_class = InvitationSerializer
    lookup_url_kwarg = "invitation"

    def get_queryset(self) -> QuerySet[Invitation]:
        rows = Invitation.objects.open().filter(organization=self.member.organization)
        return rows.select_related("organization").prefetch_related("projects__project")

    @extend_schema(
        operation_id="organizations_invitations_list",
        responses=listed(InvitationSerializer),
    )
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the invitations that are neither accepted nor revoked, newest first. Adding members makes them."""
        return self.page(self.get_queryset(), ("-created_at", "-id"))

    @extend_schema(operation_id="organizations_invitations_resend", request=None, responses=SentSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, **kwargs: Any) -> Response:
        """Send an invitation again, with a new link and seven new days; the old link is dead."""
        found = self.get_object()
        mailed = bulk.resend(found, by=self.actor)
        found.refresh_from_db()
        found.mailed = mailed
        return Response(SentSerializer(found).data)

    @extend_schema(operation_id="organizations_invitations_link", request=None, responses=LinkSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **kwargs: Any) -> Response:
        """Make a new link of an invitation, to be passed on, with seven new days. The link in the mail is dead."""
        secret = operations.show_link(self.get_object(), by=self.actor)
        return Response(LinkSerializer({"url": invitation_url(secret)}).data)

    @extend_schema(operation_id="organizations_invitations_revoke", request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """Take an invitation back: its link stops working."""
        found = self.get_object()
        operations.revoke(found, by=self.actor)
        return self.answer(found)


@extend_schema(tags=["members"])
class ProjectInvitationViewSet(ProjectScopedViewSet):
    """The invitations to a project that wait."""

    queries: ClassVar = {"list": PageQuery}
    rules: ClassVar = {"list": Member.may_manage_members}
    serializer_class = InvitationSerializer

    @extend_schema(
        operation_id="projects_invitations_list",
        responses=listed(InvitationSerializer),
    )
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the invitations to the project that wait, newest first."""
        project = self.member.project
        rows = Invitation.objects.open().filter(organization=project.organization_id, projects__project=project)
        opened = InvitedProject.objects.filter(project=project).select_related("project")
        rows = rows.prefetch_related(Prefetch("projects", opened))
        return self.page(rows, ("-created_at", "-id"))
