"""URLs below ``/api/v1``; the trailing slash is optional, since a POST can't be redirected."""

from django.urls import re_path

from core.api.routing import Router, of_one
from orgs.api.audit import OrganizationAuditViewSet, ProjectAuditViewSet
from orgs.api.me import MeViewSet, MyPhotoViewSet
from orgs.api.members import (
    OrganizationInvitationViewSet,
    OrganizationMemberViewSet,
    ProjectInvitationViewSet,
    ProjectMemberViewSet,
)
from orgs.api.organizations import OrganizationProjectViewSet, OrganizationViewSet, ProjectViewSet
from orgs.api.tokens import OrganizationTokenViewSet, ProjectTokenViewSet
from queues.api.views import QueueViewSet
from reports.api.views import UsageViewSet
from sectors.api.hours import HolidayViewSet, SectorHoursViewSet, SpecialDayViewSet
from sectors.api.quick_messages import QuickMessageViewSet
from setup.api import SectorViewSet, SetUpViewSet, TestTicketViewSet
from setup.configuration.api import ConfigurationViewSet
from tags.api.views import TagViewSet
from tickets.api.rest.service_rules import AttendanceRulesViewSet
from tickets.api.rest.views import TicketViewSet

ORGANIZATION = of_one("organizations", "organization")
PROJECT = of_one("projects", "project")
SECTOR = of_one(f"{PROJECT}/sectors", "sector")

router = Router()
router.register("organizations", OrganizationViewSet, "organization")
router.register(f"{ORGANIZATION}/projects", OrganizationProjectViewSet, "organization_project")
router.register(f"{ORGANIZATION}/members", OrganizationMemberViewSet, "organization_member")
router.register(f"{ORGANIZATION}/invitations", OrganizationInvitationViewSet, "organization_invitation")
router.register(f"{ORGANIZATION}/tokens", OrganizationTokenViewSet, "organization_token")
router.register("projects", ProjectViewSet, "project")
router.register(f"{PROJECT}/members", ProjectMemberViewSet, "project_member")
router.register(f"{PROJECT}/invitations", ProjectInvitationViewSet, "project_invitation")
router.register(f"{PROJECT}/tokens", ProjectTokenViewSet, "project_token")
router.register(f"{PROJECT}/test-tickets", TestTicketViewSet, "test_ticket")
router.register(f"{PROJECT}/sectors", SectorViewSet, "sector")
router.register(f"{SECTOR}/days", SpecialDayViewSet, "sector_day")
router.register(f"{PROJECT}/queues", QueueViewSet, "queue")
router.register(f"{PROJECT}/tags", TagViewSet, "tag")
router.register(f"{PROJECT}/quick-messages", QuickMessageViewSet, "quick_message")
router.register(f"{PROJECT}/tickets", TicketViewSet, "ticket")
router.register("holidays", HolidayViewSet, "holiday")

app_name = "rest"
urlpatterns = [
    *router.urls,
    # Singletons, and operations whose names differ from their viewset's.
    re_path(r"^me/?$", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    re_path(r"^me/photo/?$", MyPhotoViewSet.as_view({"put": "update", "delete": "destroy"}), name="my_photo"),
    re_path(rf"^{ORGANIZATION}/usage/?$", UsageViewSet.as_view({"get": "retrieve"}), name="organization_usage"),
    re_path(
        rf"^{ORGANIZATION}/audit/?$", OrganizationAuditViewSet.as_view({"get": "list"}), name="organization_audit"
    ),
    re_path(
        rf"^{of_one(f'{ORGANIZATION}/projects', 'project')}/restore/?$",
        OrganizationProjectViewSet.as_view({"post": "restore"}),
        name="project_restore",
    ),
    re_path(rf"^{PROJECT}/audit/?$", ProjectAuditViewSet.as_view({"get": "list"}), name="project_audit"),
    re_path(rf"^{PROJECT}/set-up/?$", SetUpViewSet.as_view({"get": "retrieve"}), name="set_up"),
    re_path(rf"^{PROJECT}/configuration/?$", ConfigurationViewSet.as_view({"get": "retrieve"}), name="configuration"),
    re_path(
        rf"^{PROJECT}/configuration/difference/?$",
        ConfigurationViewSet.as_view({"post": "difference"}),
        name="configuration_difference",
    ),
    re_path(
        rf"^{PROJECT}/configuration/apply/?$",
        ConfigurationViewSet.as_view({"post": "apply"}),
        name="configuration_apply",
    ),
    re_path(rf"^{SECTOR}/hours/?$", SectorHoursViewSet.as_view({"get": "retrieve"}), name="sector_hours"),
    re_path(
        rf"^{SECTOR}/attending/?$",
        AttendanceRulesViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="sector_attending",
    ),
    re_path(r"^holidays/calendars/?$", HolidayViewSet.as_view({"get": "calendars"}), name="holiday_calendars"),
]
