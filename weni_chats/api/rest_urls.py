"""Addresses below ``/api/v1``; the last slash may be missing."""

from typing import Any

from django.urls import URLPattern, re_path

from orgs.api import audit, me, members, tokens
from orgs.api import organizations as orgs
from queues.api import views as queues
from reports.api import views as reports
from sectors.api import hours, quick_messages, sectors
from setup import api as setup
from setup.configuration import api as configuration
from tags.api import views as tags
from tickets.api.rest import bulk, service_rules
from tickets.api.rest import views as tickets

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def _at(path: str, view: Any, name: str) -> URLPattern:
    """Return a pattern; ``<x>`` in the path stands for a UUID called x."""
    for word in (
        "organization",
        "project",
        "sector",
        "queue",
        "tag",
        "ticket",
        "day",
        "quick",
        "token",
        "user",
        "invitation",
    ):
        path = path.replace(f"<{word}>", f"(?P<{word}>{_UUID})")
    return re_path(rf"^{path}/?$", view.as_view(), name=name)


app_name = "rest"
urlpatterns = [
    _at("me", me.Me, "me"),
    _at("me/photo", me.MyPhoto, "my_photo"),
    _at("organizations", orgs.Organizations, "organizations"),
    _at("organizations/<organization>", orgs.OneOrganization, "organization"),
    _at("organizations/<organization>/archive", orgs.OrganizationArchive, "organization_archive"),
    _at("organizations/<organization>/restore", orgs.OrganizationRestore, "organization_restore"),
    _at("organizations/<organization>/projects", orgs.ProjectsOfOrganization, "organization_projects"),
    _at("organizations/<organization>/projects/<project>/restore", orgs.ProjectRestore, "project_restore"),
    _at("projects/<project>/archive", orgs.ProjectArchive, "project_archive"),
    _at("organizations/<organization>/usage", reports.OrganizationUsage, "organization_usage"),
    _at("organizations/<organization>/tokens", tokens.OrganizationTokens, "organization_tokens"),
    _at(
        "organizations/<organization>/tokens/<token>/revoke",
        tokens.OrganizationTokenRevoke,
        "organization_token_revoke",
    ),
    _at("organizations/<organization>/members", members.OrganizationMembers, "organization_members"),
    _at("organizations/<organization>/members/<user>", members.OneOrganizationMember, "organization_member"),
    _at("organizations/<organization>/invitations", members.OrganizationInvitations, "organization_invitations"),
    _at(
        "organizations/<organization>/invitations/<invitation>/resend", members.InvitationResend, "invitation_resend"
    ),
    _at(
        "organizations/<organization>/invitations/<invitation>/revoke", members.InvitationRevoke, "invitation_revoke"
    ),
    _at("projects/<project>/members", members.ProjectMembers, "project_members"),
    _at("projects/<project>/members/<user>", members.OneProjectMember, "project_member"),
    _at("projects/<project>/invitations", members.ProjectInvitations, "project_invitations"),
    _at("organizations/<organization>/audit", audit.OrganizationAudit, "organization_audit"),
    _at("projects", orgs.Projects, "projects"),
    _at("projects/<project>", orgs.OneProject, "project"),
    _at("projects/<project>/tokens", tokens.ProjectTokens, "project_tokens"),
    _at("projects/<project>/tokens/<token>/revoke", tokens.ProjectTokenRevoke, "project_token_revoke"),
    _at("projects/<project>/audit", audit.ProjectAudit, "project_audit"),
    _at("projects/<project>/set-up", setup.SetUp, "set_up"),
    _at("projects/<project>/test-tickets", setup.TestTickets, "test_tickets"),
    _at("projects/<project>/sectors", setup.Sectors, "sectors"),
    _at("projects/<project>/sectors/<sector>", sectors.OneSector, "sector"),
    _at("projects/<project>/sectors/<sector>/archive", sectors.SectorArchive, "sector_archive"),
    _at("projects/<project>/sectors/<sector>/move", sectors.SectorPlace, "sector_move"),
    _at("projects/<project>/sectors/<sector>/agent-limits", sectors.SectorLimits, "sector_limits"),
    _at(
        "projects/<project>/sectors/<sector>/automatic-messages",
        sectors.SectorAutomatic,
        "sector_automatic",
    ),
    _at("projects/<project>/sectors/<sector>/attending", service_rules.SectorAttending, "sector_attending"),
    _at("projects/<project>/sectors/<sector>/copy", setup.SectorCopy, "sector_copy"),
    _at("projects/<project>/sectors/<sector>/restore", sectors.SectorRestore, "sector_restore"),
    _at("projects/<project>/sectors/<sector>/hours", hours.SectorHours, "sector_hours"),
    _at("projects/<project>/sectors/<sector>/days", hours.SectorDays, "sector_days"),
    _at("projects/<project>/sectors/<sector>/days/read-file", hours.SectorDaysFile, "sector_days_file"),
    _at("projects/<project>/sectors/<sector>/days/<day>", hours.SectorDay, "sector_day"),
    _at("projects/<project>/quick-messages", quick_messages.QuickMessages, "quick_messages"),
    _at("projects/<project>/quick-messages/<quick>", quick_messages.OneQuickMessage, "quick_message"),
    _at("holidays", hours.PublicHolidays, "holidays"),
    _at("projects/<project>/configuration", configuration.Configuration, "configuration"),
    _at(
        "projects/<project>/configuration/difference", configuration.ConfigurationCompare, "configuration_difference"
    ),
    _at("projects/<project>/configuration/apply", configuration.ConfigurationApply, "configuration_apply"),
    _at("holidays/calendars", hours.HolidayCalendars, "holiday_calendars"),
    _at("projects/<project>/queues", queues.Queues, "queues"),
    _at("projects/<project>/queues/<queue>", queues.OneQueue, "queue"),
    _at("projects/<project>/queues/<queue>/archive", queues.QueueArchive, "queue_archive"),
    _at("projects/<project>/queues/<queue>/move", queues.QueuePlace, "queue_move"),
    _at("projects/<project>/queues/<queue>/restore", queues.QueueRestore, "queue_restore"),
    _at("projects/<project>/tags", tags.Tags, "tags"),
    _at("projects/<project>/tags/by-use", tags.TagsByUse, "tags_by_use"),
    _at("projects/<project>/tags/import", tags.TagsImport, "tags_import"),
    _at("projects/<project>/tags/<tag>/merge", tags.TagMerge, "tag_merge"),
    _at("projects/<project>/tags/<tag>/move", tags.TagPlace, "tag_move"),
    _at("projects/<project>/tags/<tag>", tags.OneTag, "tag"),
    _at("projects/<project>/tags/<tag>/archive", tags.TagArchive, "tag_archive"),
    _at("projects/<project>/tags/<tag>/restore", tags.TagRestore, "tag_restore"),
    _at("projects/<project>/tickets", tickets.Tickets, "tickets"),
    _at("projects/<project>/tickets/close", bulk.TicketsClose, "tickets_close"),
    _at("projects/<project>/tickets/transfer", bulk.TicketsTransfer, "tickets_transfer"),
    _at("projects/<project>/tickets/<ticket>", tickets.OneTicket, "ticket"),
    _at("projects/<project>/tickets/<ticket>/lines", tickets.TicketLines, "ticket_lines"),
    _at("projects/<project>/tickets/<ticket>/history", tickets.TicketHistory, "ticket_history"),
    _at("projects/<project>/tickets/<ticket>/close", tickets.TicketClose, "ticket_close"),
]
