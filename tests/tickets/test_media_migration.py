"""Files that were links become files that are fetched (docs/rules.md, Files)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.utils import timezone

from tests.builders import Desk
from tickets import operations
from tickets.models import Attachment, FetchState, Message, Ticket
from tickets.operations.messages import Media


def _before(graph: MigrationGraph) -> list[tuple[str, str]]:
    """Return what the migration follows."""
    [own] = [node for node in graph.nodes if node[0] == "tickets" and node[1].endswith("_media")]
    return [parent.key for parent in graph.node_map[own].parents if parent.key[0] == "tickets"]


@pytest.mark.django_db
def test_recent_files_are_fetched_and_older_ones_when_asked_for(desk: Desk, agent: None, ticket: Ticket) -> None:
    links = ["HTTPS://files.example.org/a b.png", "geo:1,2", "javascript:alert(1)", "http://"]
    recent, old = (
        operations.receive(ticket.pk, "", media=[Media("image", url) for url in links])[0] for _ in range(2)
    )
    past = timezone.now() - timedelta(days=7, minutes=1)
    Message.objects.filter(pk=old.pk).update(created_on=past, stored_at=past)
    sent = Attachment.objects.create(message=recent, file="a", size=1, state=FetchState.STORED)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    back = MigrationExecutor(connection)
    back.migrate(_before(back.loader.graph))
    forward = MigrationExecutor(connection)
    forward.migrate(forward.loader.graph.leaf_nodes())
    states = {row.pk: (row.url, row.state) for row in Attachment.objects.all()}
    assert states.pop(sent.pk) == ("", FetchState.STORED)
    for message, state in ((recent, FetchState.PENDING), (old, FetchState.SKIPPED)):
        found = [states[row.pk] for row in message.attachments.exclude(url="")]
        assert found == [(url, state if url == links[0] else FetchState.NONE) for url in links]
    [due] = Attachment.objects.exclude(next_attempt_at=None)
    assert due.next_attempt_at is not None
    assert due.next_attempt_at <= timezone.now()
