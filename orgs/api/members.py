"""Members of organizations and projects, and invitations, for programs: the same rules as on the pages."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import email_addresses
from core.api.fields import Text
from core.api.paging import page
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from orgs import operations
from orgs.access import Member, OrganizationMember
from orgs.invitations import bulk
from orgs.models import (
    Invitation,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
)
from orgs.querysets import MembershipQuerySet
from orgs.views.members import organization_membership, project_membership

from .base import OrganizationView, ProjectView, checked

#: As long as a pasted "Name <address>" may be.
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
        max_length=email_addresses.MOST,
        help_text="Up to 200 addresses, with names (`Name <address>`) or without.",
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


class InvitationSerializer(serializers.Serializer):
    """An invitation that waits; its link is in the mail alone."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    organization_role = serializers.ChoiceField(OrganizationRole.choices)
    project = serializers.UUIDField(source="project_id", allow_null=True)
    project_role = serializers.ChoiceField(ProjectRole.choices, allow_blank=True)
    invited_by = serializers.UUIDField(source="invited_by_id", allow_null=True, help_text="None: a program.")
    created_at = serializers.DateTimeField()
    mailed_at = serializers.DateTimeField(
        allow_null=True, help_text="When the letter with the present link left; none: it has not."
    )
    expires_at = serializers.DateTimeField()
    expired = serializers.BooleanField(source="is_expired", help_text="It can be sent again.")


class SentSerializer(InvitationSerializer):
    """An invitation sent again."""

    mailed = serializers.BooleanField(help_text="False: the mail server did not take it; send it again later.")


class OutcomeSerializer(serializers.Serializer):
    """What became of an address."""

    email = serializers.CharField()
    status = serializers.CharField(
        help_text="`added`, `invited`, `already_member`, `already_invited`, `invalid`, or the code of a refusal."
    )
    detail = serializers.CharField(source="sentence")
    invitation = serializers.UUIDField(source="invitation.pk", default=None, allow_null=True)
    mailed = serializers.BooleanField(
        allow_null=True,
        help_text="False: invited, but the mail server did not take the letter. None: the letter is still going out.",
    )


class OutcomesSerializer(serializers.Serializer):
    """What became of each address."""

    results = OutcomeSerializer(many=True, source="each")


def _read(data: dict[str, Any]) -> email_addresses.Pasted:
    pasted = email_addresses.of_list(data["emails"])
    if not pasted.addresses and not pasted.wrong:
        raise Invalid(field="emails")
    return pasted


def _answer(outcomes: bulk.Outcomes) -> Response:
    return Response(OutcomesSerializer(outcomes).data)


def _list(view: Any, request: Request, rows: MembershipQuerySet, kind: type[_MemberSerializer]) -> Response:
    asked = checked(MembersQuery, request.query_params)
    return page(view, rows.searched(asked.get("q", "")).select_related("user"), kind, ("created_at", "id"))


class OrganizationMembers(OrganizationView):
    """The members of an organization."""

    rules: ClassVar = {"GET": OrganizationMember.may_manage_members, "POST": OrganizationMember.may_manage_members}

    @extend_schema(
        operation_id="organizations_members_list",
        tags=["members"],
        parameters=[MembersQuery],
        responses=listed(OrganizationMemberSerializer),
    )
    def get(self, request: Request, organization: UUID) -> Response:
        """List the members of an organization, first come first."""
        rows = OrganizationMembership.objects.filter(organization=self.member.organization)
        return _list(self, request, rows, OrganizationMemberSerializer)

    @extend_schema(
        operation_id="organizations_members_add",
        tags=["members"],
        request=OrganizationMembersNew,
        responses=OutcomesSerializer,
    )
    def post(self, request: Request, organization: UUID) -> Response:
        """Add people by e-mail address: who has an account is a member at once, anyone else is sent an invitation.
        Each address stands for itself; look at its status."""
        data = checked(OrganizationMembersNew, request.data)
        project = self._project(data.get("project"))
        outcomes = bulk.to_organization(
            self.member.organization,
            _read(data),
            data["role"],
            project=project,
            project_role=data["project_role"] if project else "",
            by=self.actor,
            request=request._request,
        )
        return _answer(outcomes)

    def _project(self, pk: UUID | None) -> Project | None:
        if pk is None:
            return None
        project = Project.objects.live().filter(organization=self.member.organization, pk=pk).first()
        if project is None:
            raise Invalid(_("There is no such project in the organization."), code="not_found", field="project")
        return project


class OneOrganizationMember(OrganizationView):
    """One member of an organization."""

    rules: ClassVar = {
        "PATCH": OrganizationMember.may_manage_members,
        "DELETE": OrganizationMember.may_manage_members,
    }

    @extend_schema(
        operation_id="organizations_members_change",
        tags=["members"],
        request=OrganizationRoleChange,
        responses=OrganizationMemberSerializer,
    )
    def patch(self, request: Request, organization: UUID, user: UUID) -> Response:
        """Give a member another role. What they lose by it ends at once; the last Administrator stays."""
        membership = organization_membership(self.member, user)
        role = checked(OrganizationRoleChange, request.data)["role"]
        operations.change_organization_role(membership, role, by=self.actor)
        return Response(OrganizationMemberSerializer(membership).data)

    @extend_schema(
        operation_id="organizations_members_remove",
        tags=["members"],
        responses={200: OrganizationMemberSerializer},
    )
    def delete(self, request: Request, organization: UUID, user: UUID) -> Response:
        """Remove a member from the organization and all its projects; active tickets go back to their queues.
        Answers with the member that was."""
        membership = organization_membership(self.member, user)
        was = OrganizationMemberSerializer(membership).data
        operations.remove_from_organization(membership, by=self.actor)
        return Response(was)


class ProjectMembers(ProjectView):
    """The members of a project."""

    rules: ClassVar = {"GET": Member.may_manage_members, "POST": Member.may_manage_members}

    @extend_schema(
        operation_id="projects_members_list",
        tags=["members"],
        parameters=[MembersQuery],
        responses=listed(ProjectMemberSerializer),
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the members of a project, first come first."""
        rows = ProjectMembership.objects.filter(project=self.member.project)
        return _list(self, request, rows, ProjectMemberSerializer)

    @extend_schema(
        operation_id="projects_members_add", tags=["members"], request=ProjectMembersNew, responses=OutcomesSerializer
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Add people by e-mail address. Those outside the organization join it as Viewer if you administer it, with
        an invitation where they have no account; else their status is `not_in_organization`."""
        data = checked(ProjectMembersNew, request.data)
        outcomes = bulk.to_project(self.member, _read(data), data["role"], by=self.actor, request=request._request)
        return _answer(outcomes)


class OneProjectMember(ProjectView):
    """One member of a project."""

    rules: ClassVar = {"PATCH": Member.may_manage_members, "DELETE": Member.may_manage_members}

    @extend_schema(
        operation_id="projects_members_change",
        tags=["members"],
        request=ProjectRoleChange,
        responses=ProjectMemberSerializer,
    )
    def patch(self, request: Request, project: UUID, user: UUID) -> Response:
        """Give a member another role. Without access to Chats, active tickets go back to their queues."""
        membership = project_membership(self.member, user)
        role = checked(ProjectRoleChange, request.data)["role"]
        operations.change_project_role(membership, role, by=self.actor)
        return Response(ProjectMemberSerializer(membership).data)

    @extend_schema(operation_id="projects_members_remove", tags=["members"], responses={200: ProjectMemberSerializer})
    def delete(self, request: Request, project: UUID, user: UUID) -> Response:
        """Remove a member from the project; active tickets go back to their queues.
        Answers with the member that was."""
        membership = project_membership(self.member, user)
        was = ProjectMemberSerializer(membership).data
        operations.remove_from_project(membership, by=self.actor)
        return Response(was)


class OrganizationInvitations(OrganizationView):
    """The invitations of an organization and its projects that wait."""

    rules: ClassVar = {"GET": OrganizationMember.may_manage_members}

    @extend_schema(
        operation_id="organizations_invitations_list",
        tags=["members"],
        parameters=[PageQuery],
        responses=listed(InvitationSerializer),
    )
    def get(self, request: Request, organization: UUID) -> Response:
        """List the invitations that are neither accepted nor revoked, newest first. Adding members makes them."""
        rows = Invitation.objects.open().filter(organization=self.member.organization)
        return page(self, rows, InvitationSerializer, ("-created_at", "-id"))


class ProjectInvitations(ProjectView):
    """The invitations to a project that wait."""

    rules: ClassVar = {"GET": Member.may_manage_members}

    @extend_schema(
        operation_id="projects_invitations_list",
        tags=["members"],
        parameters=[PageQuery],
        responses=listed(InvitationSerializer),
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the invitations to the project that wait, newest first."""
        rows = Invitation.objects.open().filter(
            organization=self.member.project.organization_id, project=self.member.project
        )
        return page(self, rows, InvitationSerializer, ("-created_at", "-id"))


class _OneInvitation(OrganizationView):
    rules: ClassVar = {"POST": OrganizationMember.may_manage_members}

    def found(self, pk: UUID) -> Invitation:
        """Return an open invitation of the organization. Raises Http404."""
        rows = Invitation.objects.open().filter(organization=self.member.organization, pk=pk)
        found = rows.select_related("organization", "project").first()
        if found is None:
            raise Http404
        return found


class InvitationResend(_OneInvitation):
    """Another letter of an invitation."""

    @extend_schema(
        operation_id="organizations_invitations_resend", tags=["members"], request=None, responses=SentSerializer
    )
    def post(self, request: Request, organization: UUID, invitation: UUID) -> Response:
        """Send an invitation again, with a new link and seven new days; the old link is dead."""
        found = self.found(invitation)
        mailed = bulk.resend(found, by=self.actor, request=request._request)
        found.refresh_from_db()
        found.mailed = mailed  # type: ignore[attr-defined]
        return Response(SentSerializer(found).data)


class InvitationRevoke(_OneInvitation):
    """The end of an invitation."""

    @extend_schema(
        operation_id="organizations_invitations_revoke",
        tags=["members"],
        request=None,
        responses=InvitationSerializer,
    )
    def post(self, request: Request, organization: UUID, invitation: UUID) -> Response:
        """Take an invitation back: its link stops working."""
        found = self.found(invitation)
        operations.revoke(found, by=self.actor)
        return Response(InvitationSerializer(found).data)
