"""URLs of the orgs app."""

from django.urls import path

from .views import (
    audit,
    home,
    invitations,
    leaving,
    members,
    organizations,
    photos,
    roles,
    second_step,
    security,
    tokens,
)

app_name = "orgs"
_ORGANIZATION = "organizations/<uuid:organization>/"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("profile/", home.profile, name="profile"),
    path("security/", security.overview, name="security"),
    path("security/second-step/", second_step.second_step, name="second_step"),
    path("security/devices/sign-out/", security.sign_out_others, name="security_sign_out_others"),
    path("security/devices/<int:device>/sign-out/", security.sign_out_device, name="security_sign_out"),
    path("roles/", roles.roles, name="roles"),
    path("profile/photo/", photos.profile_photo, name="profile_photo"),
    path("profile/photo/remove/", photos.profile_photo_remove, name="profile_photo_remove"),
    path("people/<uuid:user>/photo/<str:name>", photos.photo, name="photo"),
    path("photos/<str:token>/<str:name>", photos.shared_photo, name="shared_photo"),
    path("session/", home.session_state, name="session"),
    path("preferences/", home.preferences, name="preferences"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("organizations/new/", organizations.organization_new, name="organization_new"),
    path(_ORGANIZATION, organizations.organization, name="organization"),
    path(f"{_ORGANIZATION}projects/new/", organizations.project_new, name="project_new"),
    path(f"{_ORGANIZATION}settings/", organizations.organization_settings, name="organization_settings"),
    path(f"{_ORGANIZATION}two-factors/", organizations.organization_two_factors, name="organization_two_factors"),
    path(f"{_ORGANIZATION}archive/", organizations.organization_archive, name="organization_archive"),
    path(f"{_ORGANIZATION}restore/", organizations.organization_restore, name="organization_restore"),
    path(f"{_ORGANIZATION}projects/<uuid:project>/restore/", organizations.project_restore, name="project_restore"),
    path(f"{_PROJECT}settings/", organizations.project_settings, name="project_settings"),
    path(f"{_PROJECT}archive/", organizations.project_archive, name="project_archive"),
    path(f"{_ORGANIZATION}members/", members.organization_members, name="organization_members"),
    path(
        f"{_ORGANIZATION}members/<uuid:user>/role/",
        members.organization_member_role,
        name="organization_member_role",
    ),
    path(
        f"{_ORGANIZATION}members/<uuid:user>/remove/",
        leaving.organization_member_remove,
        name="organization_member_remove",
    ),
    path(
        f"{_ORGANIZATION}invitations/<uuid:invitation>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        f"{_ORGANIZATION}invitations/<uuid:invitation>/link/",
        invitations.invitation_link,
        name="invitation_link",
    ),
    path(
        f"{_ORGANIZATION}invitations/<uuid:invitation>/revoke/",
        invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path(f"{_ORGANIZATION}leave/", leaving.organization_leave, name="organization_leave"),
    path(f"{_PROJECT}leave/", leaving.project_leave, name="project_leave"),
    path(f"{_PROJECT}home/", home.project_home, name="project_home"),
    path(f"{_PROJECT}members/", members.project_members, name="project_members"),
    path(f"{_PROJECT}members/candidates/", members.project_candidates, name="project_candidates"),
    path(f"{_PROJECT}members/<uuid:user>/role/", members.project_member_role, name="project_member_role"),
    path(f"{_PROJECT}members/<uuid:user>/remove/", leaving.project_member_remove, name="project_member_remove"),
    path(f"{_PROJECT}tokens/", tokens.project_tokens, name="project_tokens"),
    path(f"{_PROJECT}tokens/new/", tokens.project_token_new, name="project_token_new"),
    path(f"{_PROJECT}tokens/<uuid:token>/revoke/", tokens.project_token_revoke, name="project_token_revoke"),
    path(f"{_PROJECT}audit/", audit.project_audit, name="project_audit"),
    path(f"{_PROJECT}audit/export.csv", audit.project_audit_csv, name="project_audit_csv"),
    path(f"{_ORGANIZATION}tokens/", tokens.organization_tokens, name="organization_tokens"),
    path(f"{_ORGANIZATION}tokens/new/", tokens.organization_token_new, name="organization_token_new"),
    path(
        f"{_ORGANIZATION}tokens/<uuid:token>/revoke/",
        tokens.organization_token_revoke,
        name="organization_token_revoke",
    ),
    path(f"{_ORGANIZATION}audit/", audit.organization_audit, name="organization_audit"),
    path(f"{_ORGANIZATION}audit/export.csv", audit.organization_audit_csv, name="organization_audit_csv"),
]
