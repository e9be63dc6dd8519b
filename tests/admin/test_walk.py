"""Every page of the back office, opened by the operator and by everybody else (docs/rules.md, Operators)."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.models import ApiToken, AuditEntry, Invitation, User
from tests.walk import ELSEWHERE, FAR, LIKE_PEOPLE, OWN, PEOPLE, World, fill, parameters, routes
from tickets.models import Delivery, SweepCatch

from .conftest import Office

SITE = admin.site


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A project with something of each kind; refusals are not logged."""
    logging.disable(logging.ERROR)
    built = World.build()
    ticket = built.desk.open_ticket(wanted_agent=built.users["agent"])
    SweepCatch.objects.create(ticket=ticket, sector=ticket.sector, queue=ticket.queue, agent=built.users["agent"])
    yield built
    logging.disable(logging.NOTSET)


def pages() -> Iterator[tuple[str, Any]]:
    """Yield each page of a model that is shown: its URL and what it is."""
    for model in SITE._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = SITE._registry[model].get_queryset(_request()).first()
        assert row is not None, f"the world has no {model}"
        yield reverse(f"{name}_changelist"), (model, "list")
        yield reverse(f"{name}_add"), (model, "add")
        for what in ("change", "history", "delete"):
            yield reverse(f"{name}_{what}", args=[row.pk]), (model, what)


def _request() -> Any:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_superuser=True)
    request.resolver_match = None
    return request


def test_the_operator_opens_every_page_and_deletes_nothing(world: World, office: Office) -> None:
    wrong = []
    for url, (model, what) in pages():
        adds = SITE._registry[model].has_add_permission(_request())
        expected = 403 if what == "delete" or (what == "add" and not adds) else 200
        answer = office.client.get(url)
        if answer.status_code != expected:
            wrong.append(f"{url}: {answer.status_code} instead of {expected}")
        posted = office.client.post(url, {"post": "yes"}) if what == "delete" else None
        if posted is not None and posted.status_code != 403:
            wrong.append(f"POST {url}: {posted.status_code}")
    assert not wrong, "\n".join(wrong)


def test_everybody_else_is_refused_on_every_page(world: World) -> None:
    wrong = []
    urls = [url for url, _what in pages()] + ["/admin/", "/admin/orgs/", "/admin/autocomplete/", "/admin/jsi18n/"]
    for who in (*PEOPLE, *LIKE_PEOPLE):
        for url in urls:
            for method in ("GET", "POST"):
                answer = world.ask(who, method, url)
                if answer.status_code != 302 or not answer["Location"].startswith("/admin/login/"):
                    wrong.append(f"{method} {url} as {who}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert not world.leaks, "\n".join(world.leaks)


def test_whoever_is_staff_without_rights_finds_nothing(world: World) -> None:
    user = world.users["viewer"]
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    assert all(client.get(url).status_code == 403 for url, _what in pages())


def test_an_operator_who_is_switched_off_is_out_at_once(office: Office) -> None:
    assert office.client.get("/admin/").status_code == 200
    User.objects.filter(pk=office.operator.pk).update(is_active=False)
    assert office.client.get("/admin/").status_code == 302


def test_lists_are_searched_filtered_and_narrowed_by_date(world: World, office: Office) -> None:
    today = timezone.now().date()
    for model, page in SITE._registry.items():
        url = office.list_url(model)
        queries = ["q=zebra", "q=%00", "q=a b c", "o=1", "o=-2", "p=2", "p=x", "all=", "state=live", "state=archived"]
        queries += [
            "state=nonsense",
            "e=1",
            "unknown=1",
            "organization=not-a-uuid",
            "sector=00000000-0000-0000-0000-000000000000",
        ]
        if page.date_hierarchy:
            queries += [f"{page.date_hierarchy}__year={today.year}", f"{page.date_hierarchy}__year=99999999"]
        for query in queries:
            answer = office.client.get(f"{url}?{query}", follow=True)
            assert answer.status_code == 200, (url, query)


def test_people_and_places_are_found_by_typing(world: World, office: Office) -> None:
    for model, page in SITE._registry.items():
        for field in page.autocomplete_fields:
            where = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": field,
            }
            for term in ("", "zebra", "\0", "'; --", "x" * 5_000):
                answer = office.client.get("/admin/autocomplete/", {**where, "term": term})
                assert answer.status_code == 200, (model, field, term)
            assert office.client.get("/admin/autocomplete/", where).json()["results"]


def test_what_is_not_there_leads_back(office: Office) -> None:
    for model in SITE._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        for key in ("nothing", "00000000-0000-0000-0000-000000000000", "_00"):
            assert office.client.get(reverse(name, args=[key])).status_code == 302


def test_no_page_shows_a_secret(world: World, office: Office) -> None:
    """Neither what opens a door nor what is stored of it."""
    secrets = {*world.secrets.values(), world.own["secret"]}
    secrets |= set(ApiToken.objects.values_list("token_hash", flat=True))
    secrets |= set(Invitation.objects.values_list("token_hash", flat=True))
    user = world.users["agent"]
    user.set_password("correct horse battery")
    user.save()
    secrets |= set(User.objects.exclude(password="").values_list("password", flat=True))
    delivery = Delivery.objects.select_related("ticket").first()
    assert delivery is not None
    type(delivery.ticket).objects.update(callback_url="https://name:word@flow.example.org/hook?key=Xylophone")
    secrets |= {"Xylophone", "name:word"}
    texts = "".join(
        office.client.get(url).content.decode()
        for model in SITE._registry
        for url in (office.list_url(model), *map(office.change_url, model._default_manager.all()[:40]))
    )
    assert not [secret for secret in secrets if secret in texts]
    assert "flow.example.org" in texts
    assert {OWN, ELSEWHERE, FAR} <= {mark for mark in (OWN, ELSEWHERE, FAR) if mark in texts}


def test_pages_of_libraries_are_not_there(office: Office) -> None:
    """Second factors and tokens of identity providers are nobody's business; sessions end by an action."""
    known = {name for name, _path in routes() if name.startswith("admin:")}
    assert not [name for name in known if name.startswith(("admin:mfa", "admin:account", "admin:socialaccount"))]
    assert not [
        name for name in known if name.startswith(("admin:auth_", "admin:usersessions", "admin:procrastinate"))
    ]


def test_no_address_of_the_back_office_fails(world: World, office: Office) -> None:
    for _name, path in routes():
        if path.startswith("admin/"):
            with transaction.atomic():
                answer = office.client.get(fill(path, dict.fromkeys(parameters(path), "1")))
            assert answer.status_code < 500, path


def test_the_audit_log_can_only_be_read(world: World, office: Office) -> None:
    entry = AuditEntry.objects.first()
    assert entry is not None
    before = AuditEntry.objects.count()
    for data in ({"actor_name": "nobody"}, {"_save": "1"}):
        assert office.client.post(office.change_url(entry), data).status_code == 403
    office.act("delete_selected", entry)
    assert AuditEntry.objects.count() == before
    assert office.client.post(office.add_url(AuditEntry), {"action": "a.b"}).status_code == 403
