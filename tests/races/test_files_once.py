"""A file that is sent, removed and swept at the same moment: one of them has it, and no bytes are lost or left."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from core.errors import Invalid
from sectors import operations as sectors
from sectors.operations import NewFile, QuickText
from tests.builders import Desk
from tests.races.parallel import at_once
from tests.tickets import samples
from tickets import operations
from tickets.models import Attachment, Message, Upload

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_it_goes_with_one_message_or_with_none(folder: Path) -> None:
    desk = Desk.set_up()
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    by = desk.by(agent)
    for _ in range(12):
        old = timezone.now() - timedelta(days=2)
        upload = operations.add_file(ticket.pk, BytesIO(samples.picture()), "a.png", by=by, now=old)
        before = Message.objects.count()
        send_one, send_other, _removed, _swept = at_once(
            lambda pk=upload.pk: operations.reply(ticket.pk, "", by=by, files=[pk]),
            lambda pk=upload.pk: operations.reply(ticket.pk, "", by=by, files=[pk]),
            lambda pk=upload.pk: operations.discard_file(ticket.pk, pk, by=by),
            operations.delete_unsent_uploads,
        )
        sent = [result for result in (send_one, send_other) if isinstance(result, Message)]
        refused = [result for result in (send_one, send_other) if isinstance(result, Invalid)]
        assert len(sent) + len(refused) == 2
        assert all(refusal.code == "file_gone" for refusal in refused)
        assert Message.objects.count() == before + len(sent)
        assert len(sent) <= 1
        assert not Upload.objects.exists()
    kept = Attachment.objects.all()
    assert all(
        default_storage.exists(file.file.name) and default_storage.exists(file.thumbnail.name) for file in kept
    )
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2 * len(kept)


def test_files_that_wait_have_a_limit_whoever_adds_them_at_once(settings: Any) -> None:
    desk = Desk.set_up()
    agent = desk.agent_online(limit=5)
    ticket = desk.open_ticket()
    settings.FILES_PER_MESSAGE = 2
    [row] = sectors.add_quick_messages(
        desk.project,
        [QuickText("menu", "Menu")],
        by=desk.by(),
        sector=desk.sector,
        files=[NewFile(BytesIO(b"soup"), f"{n}.txt") for n in range(2)],
    )
    results = at_once(*[partial(operations.add_quick_files, ticket.pk, row.pk, by=desk.by(agent))] * 7)
    assert sum(isinstance(result, list) for result in results) == 5
    assert Upload.objects.filter(user=agent).count() == 10
