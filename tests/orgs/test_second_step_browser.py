"""Pages that only some people come to by chance: they fit any width and can be used by everyone, too."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from django.conf import settings
from django.test import Client
from django.urls import reverse

from orgs import operations as orgs
from orgs.models import Organization, ProjectRole, User
from tests.browsing import Browse
from tests.builders import Desk, organization_member, project_of, second_factor
from tests.every_page import Looker
from tests.orgs.soft_key import SoftKey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """A desk whose organization, and another one, ask for two factors."""
    second_factor(desk.administrator)
    orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    return desk


def faults_of(looker: Looker, path: str) -> list[str]:
    """Return what is wrong with a page in all widths and themes; with PICTURES in the environment, also show it."""
    found = []
    for look in looker.looks(path):
        found += [f"{path} at {look.width}, {look.theme}: {fault}" for fault in look.faults]
        if pictures := os.environ.get("PICTURES"):
            name = f"{path.strip('/').replace('/', '-')[:50]}-{look.width}-{look.theme}.png"
            looker.page.screenshot(path=Path(pictures) / name, full_page=True)
    return found


def showed_who_they_are(looker: Looker, user: User) -> None:
    """Let somebody have shown a moment ago who they are."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    name = settings.SESSION_COOKIE_NAME
    (cookie,) = [cookie for cookie in looker.page.context.cookies() if cookie["name"] == name]
    looker.page.context.add_cookies([{**cookie, "value": client.cookies[name].value}])  # type: ignore[list-item]


def test_pages_of_the_second_step(strict: Desk, browse: Browse) -> None:
    agent = strict.agent()
    for name in ("A second project", "A third project"):
        orgs.add_to_project(
            project_of(strict.project.organization, name), agent, ProjectRole.ATTENDANT, by=strict.by()
        )
    looker = Looker(browse(agent, "about:blank", reduced_motion="reduce"))
    faults = faults_of(looker, reverse("orgs:second_step"))
    other = orgs.create_organization("Another organization", by=strict.by())
    Organization.objects.filter(pk=other.pk).update(requires_two_factors=True)
    organization_member(other, user=agent)
    faults += faults_of(looker, f"{reverse('orgs:second_step')}?several")
    key = SoftKey(agent)
    showed_who_they_are(looker, agent)
    faults += faults_of(looker, reverse("mfa_remove_webauthn", args=[key.row.pk]))
    assert "closes to you" in looker.page.content()
    key.row.delete()
    second_factor(agent)
    faults += faults_of(looker, reverse("mfa_deactivate_totp"))
    assert not faults, "\n".join(faults)


def test_pages_of_void_links_and_of_who_is_on_no_queue(desk: Desk, browse: Browse) -> None:
    agent = desk.person(ProjectRole.ATTENDANT)
    for _n in range(8):
        desk.person(ProjectRole.MODERATOR)
    looker = Looker(browse(agent, "about:blank", reduced_motion="reduce"))
    faults = faults_of(looker, reverse("orgs:project_home", args=[desk.project.pk]))
    moderator = Looker(browse(desk.person(ProjectRole.MODERATOR), "about:blank", reduced_motion="reduce"))
    faults += faults_of(moderator, reverse("orgs:project_members", args=[desk.project.pk]))
    _row, invitation, secret = orgs.add_by_email(
        desk.project.organization, f"{uuid4().hex}@example.org", "viewer", by=desk.by()
    )
    assert invitation is not None
    orgs.renew(invitation, by=desk.by())
    stranger = Looker(browse(None, "about:blank", reduced_motion="reduce"))
    # Its status is 410, which the browser complains of.
    faults += [one for one in faults_of(stranger, reverse("orgs:invitation", args=[secret])) if "410" not in one]
    faults += faults_of(stranger, reverse("account_confirm_email", args=["x"]))
    faults += faults_of(stranger, "/accounts/password/reset/key/1-set/")
    assert Client().get("/accounts/password/reset/key/1-set/").status_code == 200
    assert not faults, "\n".join(faults)
