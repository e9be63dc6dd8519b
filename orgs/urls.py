"""Addresses of the orgs app."""

from django.urls import path

from .views import home, invitations, members, organizations, photos, roles

app_name = "orgs"
_ORGANIZATION = "organizations/<uuid:organization>/"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("profile/", home.profile, name="profile"),
    path("roles/", roles.roles, name="roles"),
    path("profile/photo/", photos.profile_photo, name="profile_photo"),
    path("profile/photo/remove/", photos.profile_photo_remove, name="profile_photo_remove"),
    path("people/<uuid:user>/photo/<str:name>", photos.photo, name="photo"),
    path("preferences/", home.preferences, name="preferences"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("organizations/new/", organizations.organization_new, name="organization_new"),
    path(_ORGANIZATION, organizations.organization, name="organization"),
    path(f"{_ORGANIZATION}projects/new/", organizations.project_new, name="project_new"),
    path(f"{_ORGANIZATION}members/", members.organization_members, name="organization_members"),
    path(
        f"{_ORGANIZATION}members/<uuid:user>/role/",
        members.organization_member_role,
        name="organization_member_role",
    ),
    path(
        f"{_ORGANIZATION}members/<uuid:user>/remove/",
        members.organization_member_remove,
        name="organization_member_remove",
    ),
    path(
        f"{_ORGANIZATION}invitations/<uuid:invitation>/resend/",
        members.invitation_resend,
        name="invitation_resend",
    ),
    path(
        f"{_ORGANIZATION}invitations/<uuid:invitation>/revoke/",
        members.invitation_revoke,
        name="invitation_revoke",
    ),
    path(f"{_PROJECT}home/", home.project_home, name="project_home"),
    path(f"{_PROJECT}members/", members.project_members, name="project_members"),
    path(f"{_PROJECT}members/<uuid:user>/role/", members.project_member_role, name="project_member_role"),
    path(f"{_PROJECT}members/<uuid:user>/remove/", members.project_member_remove, name="project_member_remove"),
]
