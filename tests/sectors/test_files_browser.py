"""Files of a set-up in a real browser: what they would change is shown, chosen and done (docs/rules.md, Files that
people bring)."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sectors import operations
from sectors.models import QuickMessage, WorkException
from sectors.operations import QuickText
from tests.browsing import Browse, assert_accessible
from tests.builders import Desk
from tests.every_page import IN_THEME, THEMES

from .test_calendar_files import CHRISTMAS, calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = """\
Oi {{contact.name}}, tudo bem?;oi;Vendas
"Bom dia!
Como posso ajudar?";bom dia;Vendas
Olá {{contact.birthday}};ola;Vendas
Até logo;OI;Vendas
Obrigado;obrigado;Vendas
"""


def look(page: Page, name: str) -> None:
    """Take pictures where they are asked for (``PICTURES``), in both widths and themes; nothing may be cut off."""
    for width in (1366, 360):
        page.set_viewport_size({"width": width, "height": 850})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        if directory := os.environ.get("PICTURES"):
            for theme in THEMES:
                page.evaluate(IN_THEME, theme)
                page.screenshot(path=Path(directory) / f"{name}-{theme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1366, "height": 850})


def choose(page: Page, name: str, content: bytes) -> None:
    files = page.locator("#id_file")
    adder = page.locator("details.adder", has=files)
    if adder.count() and not files.is_visible():
        page.get_by_role("button", name="More", exact=True).press("Enter")
        page.locator(f"[data-adder-open='#{adder.get_attribute('id')}']").press("Enter")
        expect(files).to_be_focused()
    files.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Read the file").click()


def test_columns_are_chosen_and_only_what_was_shown_is_imported(desk: Desk, browse: Browse) -> None:
    present = [QuickText("oi", "Oi!"), QuickText("obrigado", "Obrigado")]
    operations.add_quick_messages(desk.project, present, by=desk.by(), user=desk.administrator)
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/quick-messages/")
    choose(page, "mensagens.csv", ROWS.encode("cp1252"))
    expect(page.get_by_role("heading", name="Columns")).to_be_focused()
    look(page, "columns")
    assert_accessible(Axe(), page)
    page.get_by_label("Column with the shortcut").select_option("1")
    page.get_by_label("Column with the text").select_option("0")
    page.get_by_role("button", name="Show what it changes").press("Enter")
    expect(page.get_by_role("heading", name="What the file changes")).to_be_focused()
    expect(page.get_by_text("2 rows can’t be imported")).to_be_visible()
    expect(page.get_by_text("1 message gets another text")).to_be_visible()
    look(page, "plan")
    assert_accessible(Axe(), page)
    page.get_by_role("button", name="Import 2 messages").press("Enter")
    expect(page.get_by_text("2 quick messages are imported.")).to_be_visible()
    assert dict(QuickMessage.objects.values_list("shortcut", "text")) == {
        "oi": "Oi {{contact.name}}, tudo bem?",
        "bom-dia": "Bom dia!\nComo posso ajudar?",
        "obrigado": "Obrigado",
    }


def test_what_a_calendar_file_has_beside_its_days_is_shown_with_them(desk: Desk, browse: Browse) -> None:
    desk_zone = "America/Sao_Paulo"
    operations.update_sector(desk.sector, by=desk.by(), timezone=desk_zone)
    yearly = "DTSTART:20201225T030000Z\r\nDTEND:20201226T030000Z\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Natal"
    file = calendar(
        yearly,
        CHRISTMAS.replace("20261225", "2026-12-25").replace("Natal", "Escrito à mão"),
        "DTSTART;VALUE=DATE:20200101\r\nSTATUS:CANCELLED\r\nSUMMARY:Greve",
        "DTSTART:20261225T090000\r\nDTEND:20261225T100000\r\nSUMMARY:Reunião",
    )
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/days/")
    choose(page, "feriados.ics", file.encode("utf-16"))
    expect(page.get_by_text("1 event could not be read.")).to_be_visible()
    expect(page.get_by_text("Escrito à mão")).to_be_visible()
    page.get_by_text("1 cancelled event was left out.").click()
    expect(page.get_by_text("Greve")).to_be_visible()
    look(page, "calendar")
    assert_accessible(Axe(), page)
    page.get_by_role("button", name="Add the ticked days").click()
    expect(page.get_by_text("1 day is added.")).to_be_visible()
    [day] = WorkException.objects.all()
    assert (day.yearly, day.date.month, day.date.day, day.label) == (True, 12, 25, "Natal")
