"""The back office in a browser: nothing is blocked, sticks out or can't be read; forms work with their scripts."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from orgs.models import OrganizationMembership, User
from queues.models import Queue
from tests.browsing import Browse
from tests.builders import Desk, organization_member, special_day
from tests.every_page import PHONE, WIDE

pytestmark = pytest.mark.browser


def addresses(desk: Desk, operator: User) -> list[str]:
    """Return a page of each kind: the index, lists, forms with inlines, rows to read, a history."""
    ticket = desk.open_ticket()
    rows = [desk.sector, desk.queue, ticket, desk.administrator]
    paths = ["/admin/", reverse("admin:orgs_auditentry_changelist"), reverse("admin:orgs_user_changelist")]
    paths += [reverse("admin:orgs_organization_add"), reverse("admin:tickets_ticket_changelist") + "?status=waiting"]
    paths += [reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]) for row in rows]
    return [*paths, reverse("admin:queues_queue_history", args=[desk.queue.pk])]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_whole_in_both_widths(desk: Desk, operator: User, browse: Browse, scheme: str) -> None:
    special_day(desk)
    desk.manager()
    desk.agent()
    axe, faults = Axe(), []
    page = browse(operator, "/admin/", color_scheme=scheme, viewport=WIDE)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in addresses(desk, operator):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            answer = page.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status == 200
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{path} is wider than {size['width']}")
            rules: dict[str, Any] = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
            for violation in axe.run(page, options=rules).response["violations"]:
                faults.append(f"{path} {size['width']}: {[node['html'][:120] for node in violation['nodes']][:3]}")
    assert not faults, "\n".join(faults)


def test_an_agent_is_chosen_by_typing_and_put_on_a_queue(desk: Desk, operator: User, browse: Browse) -> None:
    agent = desk.person(word="agent")
    page = browse(operator, reverse("admin:queues_queue_change", args=[desk.queue.pk]))
    page.locator("#places-group .add-row a").click()
    page.locator("#places-0 .select2-selection").click()
    page.locator(".select2-search__field").fill(agent.email)
    page.locator(".select2-results__option", has_text=agent.last_name).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert list(Queue.objects.get(pk=desk.queue.pk).agents.all()) == [agent]


def test_a_member_is_removed_after_a_question(desk: Desk, operator: User, browse: Browse) -> None:
    user = organization_member(desk.project.organization)
    page = browse(operator, reverse("admin:orgs_organizationmembership_changelist") + f"?q={user.email}")
    page.locator(".action-select").check()
    page.locator("select[name=action]").select_option("remove")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Remove from the organization").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert not OrganizationMembership.objects.filter(user=user).exists()
