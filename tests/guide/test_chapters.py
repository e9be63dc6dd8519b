"""The chapters of docs/guide: complete, alike in all languages, in the words of the interface, without dead ends."""

import re
from functools import cache
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

from guide.chapters import FOLDERS, PARTS, SLUGS, path_of
from guide.rendering import Text, render
from tests.weni_chats.test_glossary import FORBIDDEN
from weni_chats.translations.catalogues import po_path

GUIDE = settings.BASE_DIR / "docs" / "guide"
LANGUAGES = [*FOLDERS.values()]
CATALOGUES = {"es": "es", "pt-BR": "pt_BR"}
#: Of the English of the interface, and words that only the flow and those who run the product know.
FORBIDDEN_ENGLISH = FORBIDDEN["en"] | {r"\b(chat)?rooms?\b": "ticket", r"\boperators?\b": "agent"}
#: All of them together: what the pictures may weigh, in bytes.
WEIGHT = 2_000_000


def source(language: str, slug: str) -> str:
    return path_of(language, slug).read_text()


@cache
def text(language: str, slug: str) -> Text:
    return render(source(language, slug))


def chapters() -> list[tuple[str, str]]:
    return [(language, slug) for language in LANGUAGES for slug in SLUGS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_all_chapters_and_no_others(language: str) -> None:
    assert {path.stem for path in (GUIDE / language).glob("*")} == {*SLUGS}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_has_the_same_sections_and_pictures_in_all_languages(slug: str) -> None:
    shapes = {
        language: (
            [section.anchor for section in text(language, slug).sections],
            [Path(src).name for src in re.findall(r"!\[.*?\]\((.*?)\)", source(language, slug))],
            source(language, slug).count("\n| "),
            len(re.findall(r"^(?:\d\.|-) ", source(language, slug), re.MULTILINE)),
        )
        for language in LANGUAGES
    }

    assert shapes["es"] == shapes["en"]
    assert shapes["pt-BR"] == shapes["en"]
    anchors = shapes["en"][0]
    assert anchors
    assert len({*anchors}) == len(anchors)


@pytest.mark.parametrize(("language", "slug"), chapters())
def test_a_chapter_has_a_title_and_a_summary(language: str, slug: str) -> None:
    found = text(language, slug)

    assert found.title
    assert 10 < len(found.summary) < 250
    assert "<h1" not in found.html
    assert "&lt;" not in found.html, "HTML that is shown as text"


@pytest.mark.parametrize(("language", "slug"), chapters())
def test_links_lead_to_sections_that_are_there(language: str, slug: str) -> None:
    links = re.findall(r'<a href="(.*?)"', text(language, slug).html)

    for link in links:
        path, _, anchor = link.partition("#")
        match = resolve(path)
        assert match.view_name == "guide:chapter"
        assert match.kwargs["chapter"] in SLUGS
        known = {section.anchor for section in text(language, match.kwargs["chapter"]).sections}
        assert not anchor or anchor in known, link


def test_a_link_that_leads_nowhere_is_found() -> None:
    html = render("# A\n\nB [c](nothing.md#x)\n").html
    assert 'href="/guide/nothing/#x"' in html
    with pytest.raises(Resolver404):
        resolve("/guide/Nothing.md")


@pytest.mark.parametrize(("language", "slug"), chapters())
def test_pictures_are_there_in_the_language_and_say_what_they_show(language: str, slug: str) -> None:
    for alt, src in re.findall(r"!\[(.*?)\]\((.*?)\)", source(language, slug)):
        path = (path_of(language, slug).parent / src).resolve()
        assert path.is_file(), src
        assert path.parent == settings.BASE_DIR / "static" / "guide" / language
        assert len(alt) > 15, src


def test_the_pictures_are_all_used_and_light() -> None:
    files = [*(settings.BASE_DIR / "static" / "guide").rglob("*.webp")]
    used = {
        (language, Path(src).name)
        for language, slug in chapters()
        for src in re.findall(r"!\[.*?\]\((.*?)\)", source(language, slug))
    }

    assert {(path.parent.name, path.name) for path in files} == used
    assert sum(path.stat().st_size for path in files) < WEIGHT


@cache
def labels(language: str) -> set[str]:
    """Return the texts of the interface in a language."""
    if language == "en":
        return {msgid for entry in polib.pofile(str(po_path("es"))) for msgid in (entry.msgid, entry.msgid_plural)}
    catalogue = polib.pofile(str(po_path(CATALOGUES[language])))
    return {said for entry in catalogue for said in (entry.msgstr, *entry.msgstr_plural.values())}


@pytest.mark.parametrize(("language", "slug"), chapters())
def test_what_is_bold_is_a_label_of_the_interface(language: str, slug: str) -> None:
    bold = re.findall(r"\*\*(.+?)\*\*", source(language, slug))

    assert [words for words in bold if words not in labels(language)] == []


@pytest.mark.parametrize(("language", "slug"), chapters())
def test_no_other_word_for_a_term(language: str, slug: str) -> None:
    patterns = FORBIDDEN[CATALOGUES[language]] if language in CATALOGUES else FORBIDDEN_ENGLISH
    said = source(language, slug)
    wrong = [
        f"{found[0]!r} (say: {better})"
        for pattern, better in patterns.items()
        for found in re.finditer(pattern, said, re.IGNORECASE)
    ]

    assert wrong == []


def test_the_end_of_a_file_leads_to_the_chapters_before_and_after() -> None:
    for language, slug in chapters():
        place = SLUGS.index(slug)
        beside = [SLUGS[other] for other in (place - 1, place + 1) if 0 <= other < len(SLUGS)]
        footer = source(language, slug).partition("\n---\n")[2]
        assert re.findall(r"\(([a-z-]+)\.md\)", footer) == beside, (language, slug)
        assert [text(language, other).title in footer for other in beside] == [True] * len(beside)
        assert text(language, slug).html.count("README") == 0


def test_the_list_of_contents_has_all_chapters_in_their_order() -> None:
    listed = re.findall(
        r"^\d\. \[(.+?)\]\(([\w-]+)/([a-z-]+)\.md\)$", (GUIDE / "README.md").read_text(), re.MULTILINE
    )

    assert [(language, slug) for _title, language, slug in listed] == chapters()
    assert [title for title, _language, _slug in listed] == [text(*each).title for each in chapters()]
    assert len(PARTS) == 3


def test_markup_of_another_kind_is_shown_as_text() -> None:
    html = render("# A\n\nB <script>alert(1)</script>\n\n<b>c</b>\n\n[d](javascript:alert(1))\n").html

    assert "<script" not in html
    assert "<b>" not in html
    assert "href" not in html


def test_a_section_without_an_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        render("# A\n\nB\n\n## C\n\nD\n")
