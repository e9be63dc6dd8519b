"""A project of 300 sectors, 3,000 queues and 10,000 tags is administered as quickly as a small one: each page asks
the database as often as in a small project, and is as long as its list's page."""

from itertools import islice

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from queues.models import Queue, QueueAgent
from sectors.models import Sector, WorkRange
from tags.models import Tag
from tests.builders import Desk

SECTORS, QUEUES, TAGS = 300, 3_000, 10_000
#: Of these, so many belong to the sector that is looked at.
QUEUES_HERE, TAGS_HERE = 300, 1_500
#: No page may be longer, in characters.
LONGEST = 400_000

PAGES = [
    "sectors:list",
    "sectors:list?archived=1",
    "sectors:detail",
    "sectors:hours",
    "sectors:days",
    "sectors:limits",
    "sectors:archive",
    "sectors:sector_quick",
    "sectors:quick",
    "queues:list",
    "queues:list?archived=1",
    "queues:archive",
    "queues:new",
    "queues:detail",
    "tags:list",
    "tags:list?archived=1",
    "tags:detail",
    "setup:sector_copy",
    "setup:checklist",
    "setup:configuration",
    "setup:connect",
    "setup:sector_new",
    "orgs:project_members",
    "orgs:project_tokens",
    "orgs:project_token_new",
    "orgs:project_audit",
    "orgs:project_settings",
    "reports:history",
    "reports:dashboard",
    "tickets:desk",
]
#: Pages and calls of one sector.
OF_SECTOR = {
    *("sectors:detail", "sectors:hours", "sectors:days", "sectors:limits", "sectors:archive", "sectors:sector_quick"),
    *("queues:list", "queues:new", "tags:list", "setup:sector_copy"),
}
CALLS = ["rest:sectors", "rest:queues", "rest:tags", "rest:quick_messages"]


def fill(desk: Desk) -> None:
    """Make the desk's project large: rows as the operations leave them, written at once."""
    sectors = [Sector(project=desk.project, name=f"Department {n:03}", position=n) for n in range(1, SECTORS)]
    Sector.objects.bulk_create(sectors)
    WorkRange.objects.bulk_create(
        WorkRange(sector=sector, weekday=day, opens=480, closes=1080) for sector in sectors for day in range(5)
    )
    here = [desk.sector]
    elsewhere = (sectors[n % len(sectors)] for n in range(TAGS))
    spread = [*here * QUEUES_HERE, *islice(elsewhere, QUEUES - QUEUES_HERE)]
    queues = Queue.objects.bulk_create(
        Queue(sector=sector, name=f"Line {n:04}", position=n) for n, sector in enumerate(spread, start=1)
    )
    agents = [desk.agent() for _n in range(3)]
    QueueAgent.objects.bulk_create(QueueAgent(queue=queue, user=user) for queue in queues for user in agents)
    spread = [*here * TAGS_HERE, *(sectors[n % len(sectors)] for n in range(TAGS - TAGS_HERE))]
    Tag.objects.bulk_create(
        Tag(sector=sector, name=f"Matter {n:05}", position=n) for n, sector in enumerate(spread, start=2)
    )


def ask(desk: Desk, client: Client, page: str) -> tuple[int, int, int]:
    """Return a page's status, number of queries and length."""
    name, _, query = page.partition("?")
    values = {"sector": desk.sector.pk, "queue": desk.queue.pk, "tag": desk.sector.tags.earliest("pk").pk}
    kinds = {"queues:detail": "queue", "queues:archive": "queue", "tags:detail": "tag"}
    inner = [kinds[name]] if name in kinds else ["sector"] if name in OF_SECTOR else []
    path = reverse(name, args=[desk.project.pk, *(values[key] for key in inner)])
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path + (f"?{query}" if query else ""))
    return answer.status_code, len(queries), len(answer.content)


def test_settings_cost_the_same_whatever_the_size_of_the_project(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    desk.agent()
    desk.add_sector(name="Another")
    pages = [*PAGES, *CALLS]
    for page in pages:
        ask(desk, client, page)  # whatever is asked once and kept
    small = {page: ask(desk, client, page) for page in pages}
    fill(desk)
    large = {page: ask(desk, client, page) for page in pages}
    assert {page: status for page, (status, _n, _length) in large.items() if status != 200} == {}
    grown = {page: (small[page][1], n) for page, (_status, n, _length) in large.items() if n > small[page][1]}
    assert grown == {}, "queries of the small project, of the large one"
    assert {page: length for page, (_status, _n, length) in large.items() if length > LONGEST} == {}
