"""Words of the frame fit where they stand, in each language: none is broken in its middle."""

import pytest
from django.conf import settings
from django.urls import reverse

from tests.browsing import Browse
from tests.builders import Desk

#: Labels whose longest word is wider than the label.
BROKEN = """() => [
  ...document.querySelectorAll('.rail__label, .section-nav__side .section-nav__label')
].filter((label) => {
  const words = label.textContent.trim().split(/\\s+/), whole = label.textContent;
  label.style.whiteSpace = 'nowrap';
  const room = label.parentElement.clientWidth;
  const wide = words.some((word) => { label.textContent = word; return label.scrollWidth > room; });
  label.textContent = whole;
  return wide;
}).map((label) => label.textContent.trim())"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_word_of_the_navigation_is_broken(browse: Browse, desk: Desk) -> None:
    for language, _name in settings.LANGUAGES:
        page = browse(desk.administrator, reverse("setup:checklist", args=[desk.project.pk]), locale=language)
        assert page.locator(".rail__label").count() == 6
        assert page.locator(".section-nav__side .section-nav__label").count() == 9
        assert page.evaluate(BROKEN) == [], language
