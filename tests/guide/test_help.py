"""Each page leads to its chapter, and each place it leads to is there."""

import pytest
from django.test import RequestFactory
from django.urls import ResolverMatch
from django.utils import translation

from guide.chapters import FOLDERS, SLUGS, path_of
from guide.help import TARGETS, target_of
from guide.rendering import render
from guide.templatetags.guide import help_link
from tests.every_page import ACCOUNT_PAGES, PAGES, exists

#: Pages that lead to the list of chapters, and why.
WITHOUT_CHAPTER = {
    "orgs:invitation": "for people who are not signed in",
    "api_docs": "for programmers, and explains itself",
    "guide:index": "the guide itself",
    "guide:chapter": "the guide itself",
}


def test_each_page_has_a_chapter_or_a_reason_to_have_none() -> None:
    pages = {route.partition("?")[0] for route in PAGES}

    assert pages - {*TARGETS} == {*WITHOUT_CHAPTER}
    assert {*TARGETS} & {*WITHOUT_CHAPTER, *ACCOUNT_PAGES} == set()


def test_each_page_with_a_chapter_exists() -> None:
    assert [name for name in TARGETS if not exists(name)] == []


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_each_target_is_there_in_each_language(folder: str) -> None:
    known = {
        slug: {section.anchor for section in render(path_of(folder, slug).read_text()).sections} for slug in SLUGS
    }

    for name in TARGETS:
        slug, anchor = target_of(name)
        assert slug in known, name
        assert not anchor or anchor in known[slug], name


def test_each_chapter_is_the_target_of_a_page() -> None:
    assert {target_of(name)[0] for name in TARGETS} == {*SLUGS}


def test_the_link_names_the_chapter_in_the_language_of_the_page() -> None:
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="hours", namespaces=["sectors"])
    with translation.override("es"):
        found = help_link({"request": request})

    assert found.url == "/guide/sectors/#work-hours"
    assert "Sectores y jornada laboral" in found.label


def test_a_page_without_a_chapter_leads_to_all_of_them() -> None:
    assert help_link({}).url == "/guide/"
    assert help_link({"request": RequestFactory().get("/")}).url == "/guide/"
