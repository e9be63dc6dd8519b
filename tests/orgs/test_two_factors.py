"""An organization may ask its members for two factors (docs/rules.md, Two factors)."""

import json
import time
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs import operations as orgs
from orgs.access import impact
from orgs.access.two_factor import take_wanted
from orgs.accounts.adapters import SocialAccountAdapter
from orgs.models import Organization, ProjectRole, TokenScope, User
from tests.builders import Desk, organization_member, organization_with, second_factor
from tests.flow import token_for
from tests.live.tools import scope_of
from tests.pages import text_of
from tests.refusals import refused
from weni_chats.live_access import authorize

from .accounts import PASSWORD, code_of, signs_in
from .soft_key import SoftKey


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """A desk whose organization asks for two factors; its Administrator has them."""
    second_factor(desk.administrator)
    orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    return desk


def pages_of(desk: Desk) -> list[str]:
    project, organization = desk.project.pk, desk.project.organization_id
    return [
        reverse("tickets:desk", args=[project]),
        reverse("reports:history", args=[project]),
        reverse("orgs:project_home", args=[project]),
        reverse("orgs:organization", args=[organization]),
    ]


def test_who_has_one_factor_is_told_what_to_do_on_every_page(strict: Desk) -> None:
    agent = browser(strict.agent())
    for page in pages_of(strict):
        answer = agent.get(page)
        assert answer.status_code == 403
        assert "asks for two-step sign-in" in text_of(answer)
        assert reverse("mfa_activate_totp") in answer.content.decode()
        assert reverse("mfa_add_webauthn") in answer.content.decode()
    answer = agent.get(pages_of(strict)[0], headers={"X-Requested-With": "desk"})
    assert (answer.status_code, "Set up a second step" in answer.content.decode()) == (403, True)


def test_nothing_is_done_by_who_has_one_factor(strict: Desk) -> None:
    moderator = strict.person(ProjectRole.MODERATOR)
    answer = browser(moderator).post(reverse("orgs:project_settings", args=[strict.project.pk]), {"name": "Changed"})
    assert answer.status_code == 403
    strict.project.refresh_from_db()
    assert strict.project.name != "Changed"


def test_who_has_two_goes_on_as_ever(strict: Desk) -> None:
    agent = strict.agent()
    second_factor(agent)
    assert browser(agent).get(pages_of(strict)[0]).status_code == 200
    assert authorize(scope_of(agent, strict)) is not None


def test_recovery_codes_alone_are_no_second_factor(strict: Desk) -> None:
    agent = strict.agent()
    Authenticator.objects.create(user=agent, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert browser(agent).get(pages_of(strict)[0]).status_code == 403


def test_a_stranger_is_told_nothing_of_it(strict: Desk, other_desk: Desk) -> None:
    for page in pages_of(strict):
        assert browser(other_desk.administrator).get(page).status_code == 404


def test_other_organizations_stay_open(strict: Desk) -> None:
    agent = strict.agent()
    other = organization_with()
    organization_member(other, user=agent)
    assert browser(agent).get(reverse("orgs:organization", args=[other.pk])).status_code == 200
    home = text_of(browser(agent).get("/?all=1"))
    assert other.name in home
    assert strict.project.organization.name in home


def test_the_api_says_it_by_a_code_and_programs_are_not_asked(strict: Desk) -> None:
    agent = browser(strict.agent())
    for path in (f"projects/{strict.project.pk}/tickets", f"organizations/{strict.project.organization_id}/audit"):
        answer = agent.get(f"/api/v1/{path}/")
        assert (answer.status_code, answer.json()["code"]) == (403, "two_factors_required")
    _token, secret = token_for(strict, scopes=[TokenScope.READ])
    answer = Client().get(
        f"/api/v1/projects/{strict.project.pk}/tickets/", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200


def test_the_stream_is_refused_and_an_open_one_ends(desk: Desk) -> None:
    agent = desk.agent()
    subscription = authorize(scope_of(agent, desk))
    assert subscription is not None
    assert subscription.recheck() is not None
    second_factor(desk.administrator)
    orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    assert subscription.recheck() is None
    assert authorize(scope_of(agent, desk)) is None


def test_whoever_asks_for_two_has_two(desk: Desk) -> None:
    with refused("second_factor_first"):
        orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    second_factor(desk.administrator)
    orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    orgs.require_two_factors(desk.project.organization, False, by=desk.by())
    assert browser(desk.agent()).get(pages_of(desk)[0]).status_code == 200


def test_removing_ones_last_second_factor_shuts_one_out(strict: Desk) -> None:
    client = browser(strict.administrator)
    assert client.get(pages_of(strict)[3]).status_code == 200
    Authenticator.objects.filter(user=strict.administrator).delete()
    assert client.get(pages_of(strict)[3]).status_code == 403


@pytest.mark.parametrize("counts", [True, False])
def test_a_sign_in_by_a_provider_counts_only_where_the_operator_says_so(
    strict: Desk, settings: pytest.FixtureRequest, counts: bool
) -> None:
    settings.OIDC_TWO_FACTORS = counts  # type: ignore[attr-defined]
    client = browser(strict.agent())
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "socialaccount", "at": 0, "provider": "oidc"}]
    session.save()
    assert client.get(pages_of(strict)[0]).status_code == (200 if counts else 403)


def test_it_costs_nothing_where_it_is_not_asked_for(desk: Desk) -> None:
    client, page = browser(desk.agent()), pages_of(desk)[0]
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    assert not [query for query in queries.captured_queries if "mfa_authenticator" in query["sql"]]


# The settings page


def test_it_is_turned_on_and_off_on_the_settings_page(desk: Desk) -> None:
    desk.agent()
    organization = desk.project.organization
    page = reverse("orgs:organization_settings", args=[organization.pk])
    post = reverse("orgs:organization_two_factors", args=[organization.pk])
    client = browser(desk.administrator)
    assert "You have none yourself" in text_of(client.get(page))
    client.post(post, {"required": "1"})
    assert not Organization.objects.get(pk=organization.pk).requires_two_factors
    second_factor(desk.administrator)
    assert "1 member has no second step yet." in text_of(client.get(page))
    client.post(post, {"required": "1"})
    assert Organization.objects.get(pk=organization.pk).requires_two_factors
    assert "No longer require it" in text_of(client.get(page))
    client.post(post, {})
    assert not Organization.objects.get(pk=organization.pk).requires_two_factors


def test_it_is_asked_for_over_the_api(desk: Desk) -> None:
    client, path = browser(desk.administrator), f"/api/v1/organizations/{desk.project.organization_id}/"

    def change(**body: object):
        return client.generic("PATCH", path, json.dumps(body), "application/json")

    assert change(requires_two_factors=True).json()["code"] == "second_factor_first"
    second_factor(desk.administrator)
    assert change(requires_two_factors=True).json()["requires_two_factors"] is True
    assert change(requires_two_factors="yes").status_code == 400
    assert change(requires_two_factors=False, name="Renamed").json()["name"] == "Renamed"


# Setting up a second step, and coming back


def sets_up_an_app(client: Client) -> str:
    """Set up an app as the page asks; returns where "I have saved them" leads in the end."""
    client.get(reverse("mfa_activate_totp"))
    code = code_of(client.session["mfa.totp.secret"])
    answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert f'href="{reverse("orgs:second_step")}"' in client.get(answer.url).content.decode()
    return client.get(reverse("orgs:second_step")).url


@pytest.mark.django_db(transaction=True)
def test_who_sets_up_a_second_step_comes_back_to_the_page_that_was_closed(strict: Desk) -> None:
    agent = strict.agent()
    agent.set_password(PASSWORD)
    agent.save()
    client = signs_in(agent)
    closed = f"{pages_of(strict)[1]}?q=x"
    assert client.get(closed).status_code == 403
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert sets_up_an_app(client) == closed
    assert client.get(closed).status_code == 200
    assert client.get(reverse("orgs:second_step")).url == reverse("orgs:security")


@pytest.mark.django_db(transaction=True)
def test_a_new_account_sets_up_the_second_step_at_once_and_goes_where_the_invitation_leads(strict: Desk) -> None:
    project = strict.project
    _row, _invitation, secret = orgs.add_by_email(
        project.organization,
        "new@example.org",
        "viewer",
        by=strict.by(),
        project=project,
        project_role=ProjectRole.ATTENDANT,
    )
    client, page = Client(), reverse("orgs:invitation", args=[secret])
    assert "you set that up right after joining" in text_of(client.get(page))
    answer = client.post(page, {"first_name": "New", "last_name": "Person", "password": PASSWORD})
    assert answer.url == reverse("orgs:second_step")
    assert "asks for two-step sign-in" in text_of(client.get(answer.url))
    # The password was chosen a moment ago, and isn't asked for again.
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert sets_up_an_app(client) == reverse("orgs:project_home", args=[project.pk])


def test_who_has_an_account_is_led_there_too_and_who_has_two_factors_is_not(strict: Desk) -> None:
    for has_two in (False, True):
        user = User.objects.create_user(f"joins-{has_two}@example.org", PASSWORD)
        # Unconfirmed, so that the account is sent an invitation.
        EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
        _row, _invitation, secret = orgs.add_by_email(
            strict.project.organization, user.email, "viewer", by=strict.by()
        )
        if has_two:
            second_factor(user)
        answer = browser(user).post(reverse("orgs:invitation", args=[secret]))
        assert answer.url == reverse("orgs:home" if has_two else "orgs:second_step")


def test_nobody_asks_for_a_second_step_where_no_organization_does(desk: Desk) -> None:
    assert browser(desk.agent()).get(reverse("orgs:second_step")).url == reverse("orgs:security")


# Removing the last one


def removing(user: User, factor: Authenticator) -> str:
    """Return what the page says that asks before it removes a second factor."""
    client = browser(user)
    record = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = record
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    args = [] if factor.type == Authenticator.Type.TOTP else [factor.pk]
    answer = client.get(reverse("mfa_remove_webauthn" if args else "mfa_deactivate_totp", args=args))
    assert answer.status_code == 200
    return text_of(answer)


def test_removing_the_last_second_step_says_what_closes(strict: Desk) -> None:
    agent = strict.agent()
    app = second_factor(agent)
    page = removing(agent, app)
    assert "It is your last second step" in page
    assert (
        f"{strict.project.organization.name} asks for two-step sign-in: it closes to you, with its project "
        f"{strict.project.name}, until you set up a second step again."
    ) in page
    key = SoftKey(agent)
    assert "it closes to you" not in removing(agent, app)
    assert "it closes to you" not in removing(agent, key.row)
    app.delete()
    assert "it closes to you, with its project" in removing(agent, key.row)


def test_nothing_closes_where_no_organization_asks(desk: Desk) -> None:
    agent = desk.agent()
    assert "closes" not in removing(agent, second_factor(agent))


def test_many_organizations_are_summed_up(strict: Desk) -> None:
    agent = strict.agent()
    app = second_factor(agent)
    for _n in range(7):
        other = organization_with()
        organization_member(other, user=agent)
        Organization.objects.filter(pk=other.pk).update(requires_two_factors=True)
    page = removing(agent, app)
    assert page.count("until you set up a second step again") == 5
    assert "The others of your organizations that ask for two-step sign-in close too." in page


def test_disconnecting_a_provider_that_counts_says_what_closes(strict: Desk, settings: pytest.FixtureRequest) -> None:
    settings.OIDC_TWO_FACTORS = True  # type: ignore[attr-defined]
    agent = strict.agent()
    assert impact.provider_impact(agent).sentences
    second_factor(agent)
    assert not impact.provider_impact(agent).sentences


@pytest.mark.parametrize("counts", [True, False])
def test_who_comes_in_by_a_provider_is_led_there_where_that_does_not_count(
    strict: Desk, rf: Any, settings: Any, counts: bool
) -> None:
    settings.OIDC_TWO_FACTORS = counts
    orgs.add_by_email(strict.project.organization, "new@example.org", "viewer", by=strict.by())
    request = rf.get("/")
    request.session, request.user = Client().session, AnonymousUser()
    login = SocialLogin(user=User(first_name="New"))
    login.state = {"next": "/invitations/used-up/"}
    assert SocialAccountAdapter(request)._invited(request, login, "new@example.org")
    assert login.state == ({} if counts else {"next": reverse("orgs:second_step")})
    assert take_wanted(request) == ("" if counts else reverse("orgs:home"))
