"""Whoever opens the address of a form gets on from there (docs/rules.md, Pages)."""

from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.table import TABLE
from tests.builders import Desk
from tests.pages import Pages, text_of
from tests.walk import World, fill, routes

pytestmark = pytest.mark.django_db

API = ("api/", "v1/", "v2/")
#: Addresses of the program that take only POST.
FORMS = {
    name: path
    for name, path in routes()
    if set(TABLE.get(name, ())) == {"POST"} and not path.startswith((*API, "accounts/", "admin/"))
}


def test_a_get_to_the_address_of_any_form_leads_on(db: None) -> None:
    world = World.build()
    assert len(FORMS) > 40
    for name, path in FORMS.items():
        answer = world.ask("administrator", "GET", fill(path, world.ids(path, "own")), {})
        assert answer.status_code in {302, 405}, name
        if answer.status_code == 405:
            assert "Go to the start" in text_of(answer), name


def test_the_page_of_a_405_is_the_products_and_says_what_is_allowed(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    answer = pages.client.get(reverse("orgs:preferences"))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "No page is here" in text_of(answer)
    assert 'class="bar"' in answer.content.decode()


def test_scripts_and_programs_get_no_page(desk: Desk) -> None:
    client = Pages(desk.administrator, desk.project).client
    assert client.get(reverse("orgs:preferences"), headers={"X-Requested-With": "desk"}).content == b""
    answer = client.get("/v1/external/msgs/")
    assert answer.headers["Content-Type"].startswith("application/json")


def test_the_address_under_which_a_page_answered_a_form_leads_to_that_page(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    project, sector = desk.project.pk, desk.sector.pk
    people = reverse("orgs:organization_members", args=[desk.project.organization_id])
    pairs = [
        (pages.url("setup:token_create"), pages.url("setup:connect")),
        (pages.url("setup:test_ticket"), pages.url("setup:connect")),
        (pages.url("setup:configuration_apply"), pages.url("setup:configuration")),
        (pages.url("tags:import", sector), pages.url("tags:list", sector)),
        (pages.url("sectors:days_file", sector), pages.url("sectors:days", sector)),
        (reverse("orgs:profile_photo"), reverse("orgs:profile")),
        (reverse("orgs:project_member_role", args=[project, uuid4()]), pages.url("orgs:project_members")),
        (reverse("orgs:invitation_link", args=[desk.project.organization_id, uuid4()]), people),
    ]
    for form, page in pairs:
        answer = pages.client.get(form, {"type": "generic"})
        assert (answer.status_code, answer["Location"]) == (302, f"{page}?type=generic")


def test_the_tabs_of_the_page_with_a_new_token_work(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    made = pages.post("setup:token_create", name="Flow")
    assert "data-secret" in made.content.decode()
    tab = next(part for part in made.content.decode().split('href="') if part.startswith("?type=generic"))
    query = unescape(tab.split('"')[0])
    assert pages.client.get(made.wsgi_request.path + query, follow=True).status_code == 200


def next_of(answer: Any) -> str:
    assert answer.status_code == 302
    place = urlsplit(answer["Location"])
    assert place.path == reverse("account_login")
    return parse_qs(place.query)["next"][0]


def test_after_a_form_that_found_the_session_ended_sign_in_leads_back_to_its_page(desk: Desk) -> None:
    form = reverse("tags:import", args=[desk.project.pk, desk.sector.pk])
    page = reverse("tags:list", args=[desk.project.pk, desk.sector.pk])
    came: dict[str, str] = {
        f"http://testserver{page}?archived=1": f"{page}?archived=1",
        "http://elsewhere.example/projects/": "/",
        "http://testserver/nowhere/at/all/": "/",
        "": "/",
    }
    for referer, wanted in came.items():
        headers = {"referer": referer} if referer else {}
        assert next_of(Client().post(form, {"pasted": "A"}, headers=headers)) == wanted
    assert next_of(Client().get(page)) == page
