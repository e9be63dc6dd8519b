"""A sector that can't work is shown as not ready, with the link that mends it, wherever it appears."""

import pytest

from queues import operations as queues
from sectors import operations as sectors
from sectors.models import Sector
from sectors.readiness import lack_of, not_ready
from tests.builders import Desk
from tests.pages import Pages, text_of

WHERE = ["sectors:list", "sectors:detail", "setup:checklist", "setup:connect", "reports:dashboard", "palette:find"]
#: Pages of one sector.
OF_SECTOR = {
    *("sectors:detail", "sectors:hours", "sectors:days", "sectors:limits", "sectors:sector_quick"),
    *("queues:list", "tags:list", "setup:sector_copy"),
}


def lack(desk: Desk) -> str:
    row = Sector.objects.with_readiness().with_first_queue().get(pk=desk.sector.pk)
    found = lack_of(row)
    return found.code if found else ""


def pages_of(desk: Desk) -> dict[str, str]:
    pages = Pages(desk.administrator, desk.project)
    found = {}
    for name in {*WHERE, *OF_SECTOR}:
        more = [desk.sector.pk] if name in OF_SECTOR else []
        query = {"q": desk.sector.name} if name == "palette:find" else {}
        found[name] = pages.get(name, *more, **query)
    return found


def test_a_sector_that_is_not_ready_is_named_once(desk: Desk) -> None:
    sectors.update_sector(
        desk.sector, by=desk.by(), always_open=False, week=[[(480, 720), (780, 1080)]] * 5 + [[], []]
    )
    assert [sector for sector, _lack in not_ready(desk.member(desk.administrator))] == [desk.sector]


def test_without_anybody_on_a_queue(desk: Desk) -> None:
    assert lack(desk) == "agent"
    link = Pages(desk.administrator, desk.project).url("queues:detail", desk.queue.pk)
    for name, page in pages_of(desk).items():
        assert "Not ready" in text_of(page), name
        assert name == "palette:find" or link in page.content.decode(), name


def test_without_hours_at_all(desk: Desk) -> None:
    desk.agent()
    sectors.update_sector(desk.sector, by=desk.by(), always_open=False, week=((),) * 7)
    assert lack(desk) == "hours"
    for name, page in pages_of(desk).items():
        assert "Not ready" in text_of(page), name
    assert f"/sectors/{desk.sector.pk}/hours/#hours" in pages_of(desk)["sectors:list"].content.decode()


def test_ready_again(desk: Desk) -> None:
    queues.update_queue(desk.queue, by=desk.by(), agents=[desk.person()])
    assert lack(desk) == ""
    for name, page in pages_of(desk).items():
        assert "Not ready" not in text_of(page), name


def test_an_archived_one_lacks_nothing(desk: Desk) -> None:
    desk.add_sector()
    sectors.archive_sector(desk.sector, by=desk.by())
    assert lack(desk) == ""


def test_each_sees_those_of_the_own_sectors(desk: Desk) -> None:
    other = desk.add_sector()
    found = {sector for sector, _lack in not_ready(desk.member(desk.manager(other)))}
    assert found == {other}
    assert not_ready(desk.member(desk.person())) == []


@pytest.mark.parametrize("who", ["agent", "viewer"])
def test_whoever_cannot_mend_it_is_not_bothered(desk: Desk, who: str) -> None:
    user = desk.agent_online(desk.add_sector().queues.get()) if who == "agent" else desk.person("viewer")
    page = Pages(user, desk.project).get("reports:dashboard")
    assert "Not ready" not in text_of(page)
