"""Configuration as a file: the page, the commands and the REST API."""

import re
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from orgs.models import AuditEntry, ProjectRole
from queues import operations as queues
from sectors.models import Sector
from setup.configuration.yaml_reader import MAX_BYTES
from tests.builders import Desk
from tests.pages import NASTY, Pages, said, text_of
from tests.setup.configurations import edited, enrich, file_of

NEW = {"name": "Sales", "queues": [{"name": "First", "on_hold": True}], "tags": [{"name": "<b>Deal</b>"}]}


def hidden(answer: Any) -> dict[str, str]:
    """Return what the form that applies would send."""
    page = answer.content.decode()
    text = re.search(r'<textarea name="text" hidden[^>]*>\n(.*?)</textarea>', page, re.S)
    mark = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert text and mark
    return {"text": unescape(text[1]), "fingerprint": mark[1], "whole": "1"}


def test_from_the_page_to_the_file_and_back(desk: Desk, pages: Pages) -> None:
    enrich(desk)
    exported = pages.get("setup:configuration_export")
    assert exported["Content-Type"] == "application/yaml; charset=utf-8"
    assert f'filename="{desk.project.slug}.yaml"' in exported["Content-Disposition"]
    assert exported.content.decode() == file_of(desk.project)
    upload = SimpleUploadedFile("a.yaml", exported.content)
    answer = pages.post("setup:configuration", file=upload)
    assert answer.status_code == 200
    assert "The file changes nothing." in text_of(answer)


def test_the_difference_comes_first_then_all_of_it_at_once(desk: Desk, pages: Pages) -> None:
    enrich(desk)

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["limit"] = 9
        facts.append(NEW)

    answer = pages.post("setup:configuration", text=edited(desk.project, edit).replace("\n", "\r\n"))
    page = text_of(answer)
    assert answer.status_code == 200
    assert "3 new, 1 changed" in page
    assert "Before: 7 After: 9" in page
    assert "<b>Deal</b>" in page and "&lt;b&gt;Deal" in answer.content.decode()
    assert not Sector.objects.filter(name="Sales").exists()
    done = pages.post("setup:configuration_apply", **hidden(answer))
    assert done.status_code == 302
    assert said(done) == ["The file is applied: 3 new, 1 changed."]
    assert Sector.objects.get(name="Sales").queues.get().on_hold


def test_of_lists_hours_and_texts_only_what_differs_is_shown(desk: Desk, pages: Pages) -> None:
    enrich(desk)
    stays, goes, comes = desk.agent(), desk.agent(), desk.agent()
    queues.update_queue(desk.queue, by=desk.by(), agents=[stays, goes])

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["queues"][0]["agents"] = [stays.email, comes.email]
        facts[0]["hours"]["sunday"] = []
        facts[0]["automatic_messages"]["closing"] = "Bye"

    page = text_of(pages.post("setup:configuration", text=edited(desk.project, edit))).split("# Configuration of a")[
        0
    ]
    assert f"Agents Before: {goes.email} After: {comes.email}" in page
    assert "Work hours, Sunday Before: 00:00–24:00 After: closed" in page
    assert "Automatic messages, closing After: Bye" in page
    assert stays.email not in page and "Monday" not in page and "Hello there" not in page


def test_sent_twice_nothing_more_happens(desk: Desk, pages: Pages) -> None:
    data = hidden(pages.post("setup:configuration", text=edited(desk.project, lambda facts: facts.append(NEW))))
    assert pages.post("setup:configuration_apply", **data).status_code == 302
    entries = AuditEntry.objects.count()
    again = pages.post("setup:configuration_apply", **data)
    assert again.status_code == 409
    assert AuditEntry.objects.count() == entries


def test_where_the_project_has_changed_meanwhile_the_new_difference_is_shown(desk: Desk, pages: Pages) -> None:
    data = hidden(
        pages.post("setup:configuration", text=edited(desk.project, lambda facts: facts[0].update(limit=9)))
    )
    desk.limit(5)
    answer = pages.post("setup:configuration_apply", **data)
    assert answer.status_code == 409
    assert "The project has changed since" in text_of(answer)
    assert "Before: 5 After: 9" in text_of(answer)
    assert pages.post("setup:configuration_apply", **hidden(answer)).status_code == 302


def test_problems_stand_with_their_lines_and_what_was_sent_is_kept(desk: Desk, pages: Pages) -> None:
    text = "version: 1\nsectors:\n- name: Sales\n  limit: 0\n  tags: [<i>]\n"
    for data in ({"text": text}, {"file": SimpleUploadedFile("a.yaml", text.encode())}):
        answer = pages.post("setup:configuration", **data)
        assert answer.status_code == 422
        page = text_of(answer)
        assert "2 problems keep this file" in page
        assert "Line 4 · sectors › Sales › limit" in page
        assert "needs a queue" in page
        assert "name: Sales" in page
        assert "configuration/apply/" not in answer.content.decode()
    applied = pages.post("setup:configuration_apply", text=text, fingerprint="x", whole="1")
    assert applied.status_code == 422
    assert "Line 4 · sectors › Sales › limit" in text_of(applied)


def test_odd_input_breaks_nothing(desk: Desk, pages: Pages) -> None:
    before = file_of(desk.project)
    for value in NASTY:
        assert pages.post("setup:configuration", text=value).status_code == 422
        assert pages.post("setup:configuration", file=BytesIO(value.encode())).status_code == 422
        answer = pages.post("setup:configuration_apply", text=value, fingerprint=value, whole="1")
        assert answer.status_code in {409, 422}
    assert pages.post("setup:configuration").status_code == 422
    large = SimpleUploadedFile("a.yaml", b"#" * (MAX_BYTES + 1))
    assert "larger than 4 MB" in text_of(pages.post("setup:configuration", file=large))
    cut_off = pages.post("setup:configuration_apply", text=before)
    assert cut_off.status_code == 422
    assert "did not arrive whole" in text_of(cut_off)
    assert file_of(desk.project) == before


def test_the_way_there_is_on_the_sectors_and_in_the_settings(desk: Desk, pages: Pages) -> None:
    link = f'href="{pages.url("setup:configuration")}"'
    assert link in pages.get("sectors:list").content.decode()
    assert link in pages.get("orgs:project_settings").content.decode()
    manager = Pages(desk.manager(), desk.project)
    assert link not in manager.get("sectors:list").content.decode()
    assert manager.get("setup:configuration").status_code == 403


def test_a_contributor_reads_why_a_sector_can_not_go(desk: Desk) -> None:
    desk.add_sector(name="Sales")
    contributor = Pages(desk.person(ProjectRole.CONTRIBUTOR), desk.project)
    answer = contributor.post("setup:configuration", text=edited(desk.project, lambda facts: facts.pop()))
    assert answer.status_code == 422
    assert "only administrators may" in text_of(answer)


def test_a_difference_of_any_length_is_a_page(desk: Desk, pages: Pages) -> None:
    many = [f"T{n:04}" for n in range(600)]
    answer = pages.post(
        "setup:configuration", text=edited(desk.project, lambda facts: facts.append({**NEW, "tags": many}))
    )
    assert "T0039" in text_of(answer) and "T0040" not in text_of(answer).split("name: Sales")[0]
    assert "and 560 more" in text_of(answer)


# Commands


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("import_configuration", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_command_shows_asks_and_applies(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enrich(desk)
    path = tmp_path / "file.yaml"
    path.write_text(edited(desk.project, lambda facts: facts[0].update(limit=9)), encoding="utf-8")
    before = file_of(desk.project)
    shown = run(desk.project.slug, str(path), "--dry-run")
    assert "(Tickets at a time per agent: 7 → 9)" in shown
    assert "To do: 1 changed." in shown
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(desk.project.slug, str(path))
    assert file_of(desk.project) == before
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    assert "Done: 1 changed." in run(str(desk.project.pk), str(path))
    assert "changes nothing" in run(desk.project.slug, str(path), "--yes")
    assert AuditEntry.objects.filter(action="configuration.imported").get().actor_name == "system"


def test_the_command_reads_the_standard_input_where_it_need_not_ask(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = edited(desk.project, lambda facts: facts.append(NEW))

    class Stdin:
        buffer = BytesIO(file.encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    with pytest.raises(CommandError, match="--yes"):
        run(desk.project.slug, "-")
    assert "Done: 3 new." in run(desk.project.slug, "-", "--yes")


def test_the_command_lists_all_problems(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("version: 1\nsectors:\n- name: Sales\n  limit: 0\n", encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        run(desk.project.slug, str(path), "--yes")
    assert "- line 3 · sectors › Sales: A new sector needs a queue" in str(caught.value)
    assert "- line 4 · sectors › Sales › limit: The limit" in str(caught.value)
    with pytest.raises(CommandError, match="can't be read"):
        run(desk.project.slug, str(tmp_path / "none.yaml"), "--yes")
    with pytest.raises(CommandError, match="can't be read"):
        run(desk.project.slug, str(tmp_path), "--yes")


# REST


def test_rest(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    url = f"/api/v1/projects/{desk.project.pk}/configuration"
    exported = client.get(url)
    assert exported["Content-Type"].startswith("application/yaml")
    assert exported.content.decode() == file_of(desk.project)

    def post(what: str, data: Any) -> Any:
        return client.post(f"{url}/{what}", data, "application/json")

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["limit"] = 9
        facts[0]["tags"].reverse()
        facts.insert(0, NEW)

    content = edited(desk.project, edit)
    answer = post("difference", {"content": content})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["empty"], shown["problems"], shown["counts"]) == (
        False, [], {"added": 3, "changed": 1, "reordered": 1},
    )  # fmt: skip
    new, changed = shown["sectors"]
    assert (new["kind"], new["name"]) == ("added", "Sales")
    assert new["queues"]["changes"] == [
        {"kind": "added", "name": "First", "fields": [{"field": "on_hold", "before": None, "after": True}]}
    ]
    assert changed["fields"] == [{"field": "ticket_limit", "before": 3, "after": 9}]
    assert changed["tags"]["order"] == ["Complaint", "Resolved"]
    wrong_mark = post("apply", {"content": content, "fingerprint": "no"})
    assert (wrong_mark.status_code, wrong_mark.json()["code"]) == (409, "changed_meanwhile")
    done = post("apply", {"content": content, "fingerprint": shown["fingerprint"]})
    assert done.status_code == 200, done.content
    again = post("difference", {"content": content}).json()
    assert again["empty"] is True
    refused = post("apply", {"content": "version: 1", "fingerprint": again["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "configuration_refused")
    assert refused.json()["problems"][0]["line"] == 1
    for wrong in ({}, {"content": 3}, [], {"content": ""}, {"content": content}, {"content": None}):
        assert post("apply", wrong).status_code == 400, wrong
    assert post("difference", {"content": "x" * (MAX_BYTES + 1)}).status_code == 400
    problems = post("difference", {"content": "\u0000version: \ud800"}).json()["problems"]
    assert problems
