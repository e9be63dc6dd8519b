"""Files of quick messages: added, removed, who gets them, what becomes of what is stored (docs/rules.md)."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core.files import storage
from orgs.access import SYSTEM
from orgs.audit.descriptions import sentence_of
from orgs.models import AuditEntry, Project, User
from sectors import jobs, operations
from sectors.file_links import address_for_programs
from sectors.models import MAX_QUICK_FILES, QuickMessage, QuickMessageFile
from sectors.operations import NewFile, QuickText
from setup.configuration.dump import configuration_of
from setup.operations import copy_sector
from tests.builders import Desk, quick_message
from tests.pages import Pages, fields_of, text_of
from tests.refusals import refused, refused_by
from tests.tickets import samples


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def file(name: str = "menu.txt", raw: bytes = b"soup") -> NewFile:
    return NewFile(BytesIO(raw), name)


def sent(name: str = "menu.txt", raw: bytes = b"soup") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw)


def change(desk: Desk, row: QuickMessage, **more: Any) -> QuickMessage:
    to = QuickText(row.shortcut, more.pop("text", row.text))
    return operations.change_quick_message(row, to, by=desk.by(), **more)


def names(row: QuickMessage) -> list[str]:
    return list(QuickMessageFile.objects.filter(message=row).values_list("name", flat=True))


def run_jobs() -> None:
    """Do what was deferred to delete stored files, whenever it is due."""
    for job in ProcrastinateJob.objects.filter(task_name="sectors.delete_files"):
        jobs.delete_files(**job.args)


# The operations


def test_a_message_is_added_with_its_files(desk: Desk, folder: Path) -> None:
    picture = samples.picture("PNG", (900, 600))
    [row] = operations.add_quick_messages(
        desk.project,
        [QuickText("menu", "Today")],
        by=desk.by(),
        sector=desk.sector,
        files=[file("Our plates.jpg", picture), file("menu.pdf", samples.PDF)],
    )
    first, second = row.files.all()
    # The bytes say what it is, not the name.
    assert (first.name, first.content_type, first.size) == ("Our plates.jpg", "image/png", len(picture))
    assert (first.width, first.height, bool(first.thumbnail)) == (900, 600, True)
    assert (second.name, second.content_type, bool(second.thumbnail)) == ("menu.pdf", "application/pdf", False)
    assert default_storage.open(first.file.name).read() == picture
    assert len(files_in(folder)) == 3
    run_jobs()
    assert len(files_in(folder)) == 3, "what has a row stays"


def test_a_message_may_be_files_alone_but_never_nothing(desk: Desk) -> None:
    with refused("invalid"):
        quick_message(desk, text="")
    [row] = operations.add_quick_messages(
        desk.project, [QuickText("menu", " ")], by=desk.by(), sector=desk.sector, files=[file()]
    )
    assert (row.text, names(row)) == ("", ["menu.txt"])
    [only] = row.files.all()
    with refused("invalid") as told:
        change(desk, row, remove=[only.pk])
    assert told.value.field == "text"
    change(desk, row, text="Something", remove=[only.pk])
    assert names(row) == []


def test_files_are_added_behind_the_others_and_removed(desk: Desk, folder: Path) -> None:
    row = quick_message(desk)
    version = row.modified_at
    change(desk, row, add=[file("a.txt"), file("b.txt"), file("c.txt")])
    row.refresh_from_db()
    assert row.modified_at > version
    middle = row.files.get(name="b.txt")
    change(desk, row, add=[file("d.txt")], remove=[middle.pk])
    assert names(row) == ["a.txt", "c.txt", "d.txt"]
    assert list(row.files.values_list("position", flat=True)) == [0, 1, 2]
    run_jobs()
    assert not default_storage.exists(middle.file.name)
    assert len(files_in(folder)) == 3


def test_the_files_of_another_message_are_not_removed(desk: Desk) -> None:
    one, other = quick_message(desk, "one"), quick_message(desk, "other")
    change(desk, other, add=[file()])
    change(desk, one, remove=[other.files.get().pk])
    assert names(other) == ["menu.txt"]


def test_of_several_files_all_are_added_or_none_and_the_wrong_one_is_named(
    desk: Desk, folder: Path, settings: Any
) -> None:
    row = quick_message(desk)
    settings.FILE_MAX_BYTES = 1024 * 1024
    for wrong, code in (
        (file("empty.txt", b""), "file_empty"),
        (file("large.bin", b"x" * (1024 * 1024 + 1)), "file_too_large"),
        (file("bomb.png", samples.bomb()), "picture_too_large"),
    ):
        with refused(code) as told:
            change(desk, row, add=[file(), wrong])
        assert str(told.value).startswith(f"{wrong.name}: ")
        assert told.value.field == "files"
        assert not files_in(folder)
    assert names(row) == []


def test_there_are_no_more_files_than_a_message_takes(desk: Desk, folder: Path, settings: Any) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file() for _n in range(MAX_QUICK_FILES)])
    with refused("too_many_files"):
        change(desk, row, add=[file()])
    # One out, one in.
    change(desk, row, add=[file("last.txt")], remove=[row.files.all()[0].pk])
    assert names(row)[-1] == "last.txt"
    settings.FILES_PER_MESSAGE = 2
    other = quick_message(desk, "other")
    with refused("too_many_files"):
        change(desk, other, add=[file(), file(), file()])
    # What there is may go, whatever the limit has become.
    change(desk, row, remove=[row.files.all()[0].pk])


def test_all_files_of_a_sectors_messages_have_a_limit_and_ones_own_another(desk: Desk, folder: Path) -> None:
    row, other = quick_message(desk), quick_message(desk, "other")
    change(desk, row, add=[file()])
    QuickMessageFile.objects.update(size=100 * 1024 * 1024 - 3)
    count = len(files_in(folder))
    with refused("quick_message_files_too_large") as told:
        change(desk, other, add=[file()])
    assert "100 MB in all" in str(told.value)
    assert len(files_in(folder)) == count
    change(desk, other, add=[file("fits.txt", b"abc")])
    operations.add_quick_messages(
        desk.project, [QuickText("mine", "")], by=desk.by(), user=desk.administrator, files=[file()]
    )


def test_the_second_of_two_who_change_the_files_is_refused(desk: Desk, folder: Path) -> None:
    row = quick_message(desk)
    version = row.modified_at
    change(desk, row, add=[file("first.txt")], expected_version=version)
    with refused("changed_meanwhile"):
        change(desk, row, add=[file("second.txt")], expected_version=version)
    assert names(row) == ["first.txt"]
    assert len(files_in(folder)) == 1


def test_who_may_not_edit_a_message_stores_nothing(desk: Desk, folder: Path) -> None:
    row = quick_message(desk)
    with refused("not_allowed"):
        operations.change_quick_message(row, QuickText("hello", "x"), by=desk.by(desk.agent()), add=[file()])
    assert not files_in(folder)


def test_a_new_text_from_an_import_keeps_the_files(desk: Desk) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file()])
    operations.add_quick_messages(
        desk.project, [QuickText("hello", "New")], by=desk.by(), sector=desk.sector, replace=True
    )
    row.refresh_from_db()
    assert (row.text, names(row)) == ("New", ["menu.txt"])


def test_what_changes_in_a_sectors_files_is_written_down(desk: Desk) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file("a.txt"), file("b.txt")])
    change(desk, row, remove=[row.files.all()[0].pk])
    operations.remove_quick_message(row, by=desk.by())
    added, removed, gone = AuditEntry.objects.filter(action__startswith="quick_message.").order_by("id")[1:]
    assert (added.before, added.after) == ({"files": []}, {"files": ["a.txt", "b.txt"]})
    assert (removed.before, removed.after) == ({"files": ["a.txt", "b.txt"]}, {"files": ["b.txt"]})
    assert gone.before["files"] == ["b.txt"]
    assert sentence_of(added) == "Changed the quick message /hello: files"


def test_what_is_stored_goes_with_its_message(desk: Desk, folder: Path) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file("a.png", samples.picture())])
    assert len(files_in(folder)) == 2
    operations.remove_quick_message(row, by=desk.by())
    run_jobs()
    assert not files_in(folder)


def test_what_is_stored_goes_with_its_person(desk: Desk, folder: Path) -> None:
    user = User.objects.create(email="gone@example.org")
    operations.add_quick_messages(
        desk.project, [QuickText("mine", "")], by=SYSTEM, user=user, files=[file("a.png", samples.picture())]
    )
    assert len(files_in(folder)) == 2
    user.delete()
    run_jobs()
    assert not files_in(folder)


def test_what_a_process_that_died_has_left_is_deleted(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = quick_message(desk)
    # Tests that commit leave theirs.
    before = list(ProcrastinateJob.objects.values_list("pk", flat=True))
    with monkeypatch.context() as patch, pytest.raises(OSError, match="gone"):
        patch.setattr(storage, "remove", _fail)
        patch.setattr(operations.quick_messages, "save_files", _fail)
        change(desk, row, add=[file()])
    assert len(files_in(folder)) == 1
    [job] = ProcrastinateJob.objects.filter(task_name="sectors.delete_files").exclude(pk__in=before)
    assert job.scheduled_at is not None
    run_jobs()
    assert not files_in(folder)


def _fail(*_given: Any, **_more: Any) -> None:
    raise OSError("gone")


def test_a_copy_of_a_sector_has_copies_of_the_files(desk: Desk, folder: Path) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file("a.png", samples.picture()), file()])
    target = copy_sector(desk.sector, "Copy", by=desk.by())
    operations.remove_quick_message(row, by=desk.by())
    run_jobs()
    [copy] = target.quick_messages.all()
    assert names(copy) == ["a.png", "menu.txt"]
    for stored in copy.files.all():
        assert default_storage.exists(stored.file.name)
    assert len(files_in(folder)) == 3


def test_the_configuration_does_not_speak_of_messages_that_are_files_alone(desk: Desk) -> None:
    operations.add_quick_messages(
        desk.project, [QuickText("plates", "")], by=desk.by(), sector=desk.sector, files=[file()]
    )
    quick_message(desk)
    written = str(configuration_of(desk.project))
    assert "hello" in written
    assert "plates" not in written


# The database


def test_the_database_keeps_a_message_from_being_empty(desk: Desk) -> None:
    row = quick_message(desk)
    with refused_by("quick_message_has_content"):
        QuickMessage.objects.filter(pk=row.pk).update(text="")
    with refused_by("quick_message_has_content"):
        QuickMessage.objects.create(project=desk.project, sector=desk.sector, shortcut="none", text="")
    change(desk, row, add=[file()])
    QuickMessage.objects.filter(pk=row.pk).update(text="")
    with refused_by("quick_message_has_content"):
        QuickMessageFile.objects.all().delete()
    with refused_by("quick_message_has_content"):
        QuickMessageFile.objects.update(message=quick_message(desk, "other"))
    # The message itself may go.
    QuickMessage.objects.filter(pk=row.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_keeps_the_rules_of_files(desk: Desk) -> None:
    row = quick_message(desk)
    values = {"message": row, "name": "a", "content_type": "text/plain", "size": 1, "position": 0}
    QuickMessageFile.objects.create(**values, file="one")
    for wrong, constraint in (
        ({"file": "", "position": 1}, "quick_message_file_has_bytes"),
        ({"file": "x", "position": 1, "size": 0}, "quick_message_file_has_bytes"),
        ({"file": "one", "position": 1}, "quick_message_file_once"),
        ({"file": "x"}, "quick_message_file_position_once"),
        ({"file": "x", "position": MAX_QUICK_FILES}, "quick_message_file_position_in_range"),
        ({"file": "x", "position": 1, "size": 100 * 1024 * 1024}, "quick_message_files_fit"),
    ):
        with refused_by(constraint):
            QuickMessageFile.objects.create(**(values | wrong))
    with refused_by("quick_message_files_fit"):
        QuickMessageFile.objects.update(size=100 * 1024 * 1024 + 1)
    # Another's room is another's.
    mine = QuickMessage.objects.create(project=desk.project, user=desk.administrator, shortcut="mine", text="x")
    QuickMessageFile.objects.create(**(values | {"message": mine, "file": "x", "size": 100 * 1024 * 1024}))


# The pages


def places(desk: Desk) -> Iterator[tuple[str, list[Any]]]:
    yield "sectors:quick", []
    yield "sectors:sector_quick", [desk.sector.pk]


def test_files_are_added_seen_and_removed_in_a_form(desk: Desk, pages: Pages) -> None:
    for name, ids in places(desk):
        answer = pages.post(name, *ids, shortcut="menu", text="", files=[sent(), sent("a.png", samples.picture())])
        assert answer.status_code == 302
        row = QuickMessage.objects.get()
        assert names(row) == ["menu.txt", "a.png"]
        page = text_of(pages.get(name, *ids))
        assert "menu.txt 4" in page
        assert "a.png" in page
        whole = fields_of(pages.get(f"{name}_message", *ids, row.pk).content.decode())
        assert "remove" not in whole
        whole = {key: value for key, value in whole.items() if key != "files"}
        first = row.files.all()[0]
        more = {"remove": str(first.pk), "files": [sent("new.txt")]}
        assert pages.post(f"{name}_message", *ids, row.pk, **whole | more).status_code == 302
        assert names(row) == ["a.png", "new.txt"]
        row.refresh_from_db()
        pages.post(f"{name}_remove", *ids, row.pk, version=row.modified_at.isoformat())
        assert not QuickMessage.objects.exists()


def test_a_refused_file_loses_nothing_that_was_typed(desk: Desk, pages: Pages) -> None:
    answer = pages.post("sectors:quick", shortcut="menu", text="Kept", files=[sent(), sent("empty.txt", b"")])
    assert answer.status_code == 422
    said = text_of(answer)
    assert "empty.txt: The file is empty" in said
    assert "Choose the files again" in said
    assert "Kept" in answer.content.decode()
    assert not QuickMessage.objects.exists()
    row = quick_message(desk)
    change(desk, row, add=[file("old.txt")])
    row.refresh_from_db()
    old = row.files.get()
    for headers in ({}, {"HX-Request": "true"}):
        answer = pages.client.post(
            pages.url("sectors:sector_quick_message", desk.sector.pk, row.pk),
            {
                "shortcut": "typed",
                "text": "Typed",
                "version": row.modified_at.isoformat(),
                "remove": str(old.pk),
                "files": [sent("empty.txt", b"")],
            },
            headers=headers,
        )
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Typed" in page
        assert 'value="typed"' in page
        assert f'name="remove" value="{old.pk}" checked' in page
        assert "empty.txt: The file is empty" in text_of(answer)
    assert names(row) == ["old.txt"]


def test_the_text_may_be_left_out_only_beside_a_file(desk: Desk, pages: Pages) -> None:
    answer = pages.post("sectors:quick", shortcut="menu", text=" ")
    assert (answer.status_code, "Write what the shortcut inserts" in text_of(answer)) == (422, True)


def test_a_table_is_of_texts_alone(desk: Desk, pages: Pages) -> None:
    pages.post("sectors:quick", shortcut="menu", text="", files=[sent()])
    pages.post("sectors:quick", shortcut="hello", text="Hello", files=[sent()])
    written = b"".join(pages.get("sectors:quick_export")).decode()
    assert "hello" in written
    assert "menu" not in written


# Who gets them


def test_a_file_is_for_who_may_use_or_edit_its_message(desk: Desk, other_desk: Desk) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file("a.png", samples.picture()), file("page.html", b"<script>1</script>")])
    agent = desk.agent()
    other_sector = desk.add_sector()
    [mine] = operations.add_quick_messages(
        desk.project, [QuickText("mine", "")], by=desk.by(agent), user=agent, files=[file()]
    )
    everybody = {desk.administrator: True, agent: True, desk.manager(desk.sector): True}
    everybody |= {desk.manager(other_sector): False, other_desk.administrator: None, desk.agent(): True}
    for user, gets in everybody.items():
        for page in ("sectors:quick_file", "sectors:quick_file_thumbnail"):
            answer = Pages(user, desk.project).get(page, row.pk, row.files.all()[0].pk)
            assert answer.status_code == (200 if gets else 404), (user, page)
        answer = Pages(user, desk.project).get("sectors:quick_file", mine.pk, mine.files.get().pk)
        assert answer.status_code == (200 if user == agent else 404)


def test_a_file_is_shown_only_if_nothing_in_it_can_run(desk: Desk, pages: Pages) -> None:
    row = quick_message(desk)
    change(desk, row, add=[file("a.png", samples.picture()), file("page.html", b"<script>1</script>")])
    picture, page = row.files.all()
    shown, saved = (pages.get("sectors:quick_file", row.pk, each.pk) for each in (picture, page))
    assert shown["Content-Type"] == "image/png"
    assert shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment")
    for answer in (shown, saved):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert pages.get("sectors:quick_file_thumbnail", row.pk, page.pk).status_code == 404


def test_a_file_of_another_message_is_not_found(desk: Desk, pages: Pages) -> None:
    one, other = quick_message(desk, "one"), quick_message(desk, "other")
    change(desk, other, add=[file()])
    assert pages.get("sectors:quick_file", one.pk, other.files.get().pk).status_code == 404


def test_a_copy_that_fails_later_leaves_no_files(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(desk, quick_message(desk), add=[file()])
    before = files_in(folder)

    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("setup.operations.copy_service_rules", fail)
    with pytest.raises(RuntimeError):
        copy_sector(desk.sector, "Copy", by=desk.by())
    assert files_in(folder) == before


def test_a_programs_link_ends_with_what_the_file_belongs_to(desk: Desk, client: Client) -> None:
    found = change(desk, quick_message(desk), add=[file()]).files.get()
    path = urlsplit(address_for_programs(found)).path
    assert client.get(path).status_code == 200
    Project.objects.filter(pk=desk.project.pk).update(archived_at=timezone.now())
    assert client.get(path).status_code == 404
