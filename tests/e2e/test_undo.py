"""What is archived comes back by one press in the toast that tells of it (docs/design.md, Behaviour)."""

import pytest
from playwright.sync_api import expect

from tests.browsing import Browse
from tests.builders import Desk, administrator_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_archiving_is_undone_from_its_toast(browse: Browse, transactional_db: None) -> None:
    desk = Desk.set_up()
    page = browse(
        administrator_of(desk.project.organization), f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/tags/"
    )
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=f"Archive {desk.tags[0].name}"))
    row.get_by_role("button", name="Archive").click()
    toast = page.get_by_role("status").filter(has_text="is archived")
    expect(toast).to_be_visible()
    desk.tags[0].refresh_from_db()
    assert desk.tags[0].archived_at is not None
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("can be chosen again")).to_be_visible()
    desk.tags[0].refresh_from_db()
    assert desk.tags[0].archived_at is None
