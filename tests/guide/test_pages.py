"""The guide's pages: in the reader's language, their own part first, with few queries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guide.chapters import SLUGS
from orgs.models import ProjectRole, User
from tests.builders import Desk

pytestmark = pytest.mark.django_db


def page(user: User, chapter: str = "") -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse("guide:chapter", args=[chapter]) if chapter else reverse("guide:index"))


def test_the_list_has_every_chapter(desk: Desk) -> None:
    markup = page(desk.administrator).content.decode()

    assert [slug for slug in SLUGS if f'href="/guide/{slug}/"' not in markup] == []


def test_who_sets_up_manages_or_attends_finds_their_part_first(desk: Desk) -> None:
    manager = desk.manager()
    parts = {
        who: page(user).content.decode().index(f'id="part-{key}"')
        for who, user, key in (
            ("administrator", desk.administrator, "setup"),
            ("manager", manager, "manager"),
            ("agent", desk.agent(), "agent"),
        )
    }
    others = {
        who: page(user).content.decode().index(f'id="part-{key}"')
        for who, user, key in (
            ("administrator", desk.administrator, "agent"),
            ("manager", manager, "setup"),
            ("agent", desk.agent(), "setup"),
        )
    }

    assert all(parts[who] < others[who] for who in parts)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Sectors and work hours"),
        ("es", "Sectores y jornada laboral"),
        ("pt-br", "Setores e jornada de trabalho"),
    ],
)
def test_a_chapter_is_in_the_language_of_its_reader(desk: Desk, language: str, title: str) -> None:
    agent = desk.agent()
    User.objects.filter(pk=agent.pk).update(language=language)
    answer = page(agent, "sectors")
    markup = answer.content.decode()

    assert f"<h1>{title}</h1>" in markup
    assert '<h2 id="work-hours">' in markup
    assert [slug for slug in SLUGS if markup.count(f'class="section-nav__item" href="/guide/{slug}/"') != 2] == []
    folder = "pt-BR" if language == "pt-br" else language
    assert f'src="/static/guide/{folder}/hours.webp"' in markup
    assert 'loading="lazy"' in markup


def test_a_chapter_leads_to_the_ones_before_and_after(desk: Desk) -> None:
    markup = page(desk.administrator, "sectors").content.decode()

    assert 'rel="prev" href="/guide/members/"' in markup
    assert 'rel="next" href="/guide/queues/"' in markup
    assert 'rel="prev"' not in page(desk.administrator, SLUGS[0]).content.decode()
    assert 'rel="next"' not in page(desk.administrator, SLUGS[-1]).content.decode()


@pytest.mark.parametrize("chapter", ["nothing", "Sectors", "readme"])
def test_there_is_no_other_chapter(desk: Desk, chapter: str) -> None:
    assert page(desk.administrator, chapter).status_code == 404


def test_who_is_not_signed_in_is_asked_to() -> None:
    assert Client().get("/guide/").status_code == 302
    assert Client().get("/guide/tags/").status_code == 302


def test_a_page_leads_to_its_section(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    answer = client.get(reverse("sectors:hours", args=[desk.project.pk, desk.sector.pk]))

    assert answer.content.decode().count('href="/guide/sectors/#work-hours"') == 2, "in the bar and in the menu"


def test_a_viewer_reads_it_too(desk: Desk) -> None:
    assert page(desk.person(ProjectRole.VIEWER), "closing").status_code == 200


def test_the_guide_asks_no_more_than_a_page_that_shows_the_frame_alone(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    asked = {}
    for path in (reverse("orgs:roles"), "/guide/", "/guide/tags/"):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        asked[path] = len(queries)

    assert len({*asked.values()}) == 1, asked
    assert max(asked.values()) <= 8
