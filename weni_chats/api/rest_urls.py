"""URLs below ``/api/v1``; the trailing slash is optional, since a POST can't be redirected."""

from typing import Any

from django.urls import URLPattern, re_path

from core.api.routing import Router, of_one
from orgs.api.audit import OrganizationAuditViewSet, ProjectAuditViewSet
from orgs.api.base import RestViewSet
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
from tickets.api.rest.contacts import ContactViewSet
from tickets.api.rest.service_rules import AttendanceRulesViewSet
from tickets.api.rest.views import TicketViewSet

ORGANIZATION = of_one("organizations", "organization")
PROJECT = of_one("projects", "project")
SECTOR = of_one(f"{PROJECT}/sectors", "sector")
PROJECT_OF_ORGANIZATION = of_one(f"{ORGANIZATION}/projects", "project")

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
router.register(f"{PROJECT}/contacts", ContactViewSet, "contact")
router.register("holidays", HolidayViewSet, "holiday")


def _route(path: str, viewset: type[RestViewSet], name: str, **actions: Any) -> URLPattern:
    return re_path(rf"^{path}/?$", viewset.as_view(actions), name=name)


app_name = "rest"
urlpatterns = [
    *router.urls,
    # Singletons, and operations whose names differ from their viewset's.
    _route("me", MeViewSet, "me", get="retrieve", patch="partial_update"),
    _route("me/photo", MyPhotoViewSet, "my_photo", put="update", delete="destroy"),
    _route(f"{ORGANIZATION}/usage", UsageViewSet, "organization_usage", get="retrieve"),
    _route(f"{ORGANIZATION}/audit", OrganizationAuditViewSet, "organization_audit", get="list"),
    _route(f"{PROJECT_OF_ORGANIZATION}/restore", OrganizationProjectViewSet, "project_restore", post="restore"),
    _route(f"{PROJECT}/audit", ProjectAuditViewSet, "project_audit", get="list"),
    _route(f"{PROJECT}/set-up", SetUpViewSet, "set_up", get="retrieve"),
    _route(f"{PROJECT}/configuration", ConfigurationViewSet, "configuration", get="retrieve"),
    _route(
        f"{PROJECT}/configuration/difference", ConfigurationViewSet, "configuration_difference", post="difference"
    ),
    _route(f"{PROJECT}/configuration/apply", ConfigurationViewSet, "configuration_apply", post="apply"),
    _route(f"{SECTOR}/hours", SectorHoursViewSet, "sector_hours", get="retrieve"),
    _route(f"{SECTOR}/attending", AttendanceRulesViewSet, "sector_attending", get="retrieve", patch="partial_update"),
    _route("holidays/calendars", HolidayViewSet, "holiday_calendars", get="calendars"),
]
