"""The chapters in their order, read from docs/guide once per process and language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import Sentence

from .rendering import Text, render

#: The folder of each language.
FOLDERS = {"en": "en", "es": "es", "pt-br": "pt-BR"}


@dataclass(frozen=True)
class Part:
    """What one kind of reader has to know: ``key`` identifies it, ``slugs`` are its chapters."""

    key: str
    title: Sentence
    slugs: tuple[str, ...]


PARTS = (
    Part("setup", _("Setting up"), ("organization", "members", "sectors", "queues", "tags", "flow")),
    Part("agent", _("The agent’s day"), ("online", "answering", "closing", "active-messages")),
    Part("manager", _("The manager’s day"), ("live", "history", "dashboard", "service-rules", "special-days")),
)
SLUGS = tuple(slug for part in PARTS for slug in part.slugs)


@dataclass(frozen=True)
class Chapter:
    """A chapter in one language."""

    slug: str
    part: Part
    text: Text


def folder() -> str:
    """Return the folder of the language that the page is in."""
    return FOLDERS.get(get_language() or "en", "en")


def path_of(language_folder: str, slug: str) -> Path:
    """Return the file of a chapter."""
    return settings.BASE_DIR / "docs" / "guide" / language_folder / f"{slug}.md"


def chapter_of(slug: str) -> Chapter:
    """Return a chapter, one of ``SLUGS``, in the language of the page."""
    return _chapter(folder(), slug)


@cache
def _chapter(language_folder: str, slug: str) -> Chapter:
    [part] = [part for part in PARTS if slug in part.slugs]
    return Chapter(slug, part, render(path_of(language_folder, slug).read_text(encoding="utf-8")))


def parts(first: str = "") -> list[tuple[Part, list[Chapter]]]:
    """Return each part with its chapters; the one with the key ``first`` comes before the others."""
    ordered = sorted(PARTS, key=lambda part: part.key != first)
    return [(part, [chapter_of(slug) for slug in part.slugs]) for part in ordered]


def neighbours(slug: str) -> tuple[Chapter | None, Chapter | None]:
    """Return the chapters before and after one."""
    place = SLUGS.index(slug)
    before = chapter_of(SLUGS[place - 1]) if place else None
    after = chapter_of(SLUGS[place + 1]) if place + 1 < len(SLUGS) else None
    return before, after
