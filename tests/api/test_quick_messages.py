"""Quick messages over the REST API (docs/rules.md, Quick messages)."""

from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sectors.models import QuickMessage
from tests.builders import quick_message
from tests.tickets import samples


@pytest.fixture
def path(desk):
    """The address of the project's quick messages."""
    return f"/projects/{desk.project.pk}/quick-messages/"


def test_a_program_keeps_those_of_a_sector(desk, program, path):
    body = {"sector": str(desk.sector.pk), "messages": [{"shortcut": "hello", "text": "Hello {{contact.name}}"}]}
    answer = program.post(path, body)
    assert answer.status_code == 201
    [made] = answer.json()["results"]
    assert program.get(path, sector=desk.sector.pk).json()["results"] == [made]
    changed = program.patch(f"{path}{made['id']}/", {"text": "Hi"}).json()
    assert changed == {**made, "text": "Hi", "modified_at": changed["modified_at"]}
    answer = program.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "shortcut_taken")
    [replaced] = program.post(path, {**body, "replace": True}).json()["results"]
    assert replaced == {**made, "modified_at": replaced["modified_at"]}
    assert program.call("DELETE", f"{path}{made['id']}/").json()["id"] == made["id"]
    assert not QuickMessage.objects.exists()


def test_a_call_with_a_shortcut_twice_is_refused_whole(desk, program, path):
    messages = [{"shortcut": "Oi", "text": "Um"}, {"shortcut": "oi", "text": "Dois"}]
    for replace in (False, True):
        body = {"sector": str(desk.sector.pk), "messages": messages, "replace": replace}
        answer = program.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "shortcut_taken")
        assert "/Oi and /oi" in answer.json()["errors"]["shortcut"][0]
    assert not QuickMessage.objects.exists()


def test_a_program_has_none_of_its_own(program, path):
    answer = program.post(path, {"messages": [{"shortcut": "a", "text": "b"}]})
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["sector"])


def test_a_person_sees_and_keeps_their_own(desk, as_person, path):
    agent, other = as_person(desk.agent()), as_person(desk.agent())
    made = agent.post(path, {"messages": [{"shortcut": "a", "text": "b"}]}).json()["results"][0]
    assert made["sector"] is None
    assert agent.get(path).json()["results"] == [made]
    assert other.get(path).json()["results"] == []
    assert other.patch(f"{path}{made['id']}/", {"text": "x"}).status_code == 404


def test_an_agent_sees_the_sectors_and_may_not_change_them(desk, as_person, path):
    row = quick_message(desk)
    agent = as_person(desk.agent())
    assert [found["id"] for found in agent.get(path).json()["results"]] == [str(row.pk)]
    assert agent.patch(f"{path}{row.pk}/", {"text": "x"}).status_code == 403
    assert agent.call("DELETE", f"{path}{row.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("message", "field"),
    [({}, "messages"), ({"shortcut": "two words", "text": "x"}, "shortcut"), ({"shortcut": "a", "text": ""}, "text"),
     ({"shortcut": "a", "text": "{{nope}}"}, "text"), ({"shortcut": 5, "text": "x"}, "messages")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(desk, program, path, message, field):
    answer = program.post(path, {"sector": str(desk.sector.pk), "messages": [message]})
    assert answer.status_code == 400
    assert any(field in key for key in answer.json()["errors"])
    assert not QuickMessage.objects.exists()


def test_a_sector_elsewhere_is_not_found(other_desk, program, path):
    answer = program.post(path, {"sector": str(other_desk.sector.pk), "messages": [{"shortcut": "a", "text": "b"}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_found")


def test_a_table_is_read_and_nothing_stored(desk, program, path):
    row = quick_message(desk)
    content = f"\ufeffsep=;\nMensagem;Atalho\nOlá!;{row.shortcut}\nBom dia;bom dia\n;leer\nAgain;BOM-DIA\n"
    answer = program.post(f"{path}read-file/", {"sector": str(desk.sector.pk), "content": content})
    assert answer.status_code == 200
    assert answer.json() == {
        "columns": {"shortcut": 1, "text": 0, "has_heading": True},
        "new": [{"row": 3, "shortcut": "bom-dia", "text": "Bom dia"}],
        "changed": [{"row": 2, "shortcut": row.shortcut, "text": "Olá!", "before": row.text}],
        "same": 0,
        "refused_count": 2,
        "refused": [
            {"row": 4, "shortcut": "leer", "why": "This row has no text."},
            {"row": 5, "shortcut": "BOM-DIA", "why": "Row 3 has the same shortcut."},
        ],
        "problem": "",
    }
    assert QuickMessage.objects.get() == row
    # What it says is what adding does.
    messages = [{"shortcut": each["shortcut"], "text": each["text"]} for each in answer.json()["new"]]
    assert program.post(path, {"sector": str(desk.sector.pk), "messages": messages}).status_code == 201


def test_the_columns_of_a_table_may_be_named(desk, program, path):
    body = {"sector": str(desk.sector.pk), "content": "a,b,c\nd,e,f"}
    columns = {"shortcut": 2, "text": 0, "has_heading": False}
    answer = program.post(f"{path}read-file/", {**body, "columns": columns}).json()
    assert [(each["shortcut"], each["text"]) for each in answer["new"]] == [("c", "a"), ("f", "d")]
    for wrong in ({**columns, "text": 2}, {**columns, "text": -1}, {"shortcut": 1}, "x"):
        assert program.post(f"{path}read-file/", {**body, "columns": wrong}).status_code == 400


def test_what_is_no_table_is_refused(desk, program, path, other_desk):
    for content in ("", "hello", "\x00", "one column\nonly"):
        answer = program.post(f"{path}read-file/", {"sector": str(desk.sector.pk), "content": content})
        assert answer.status_code == 400, content
    answer = program.post(f"{path}read-file/", {"sector": str(other_desk.sector.pk), "content": "a,b"})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_found")
    assert program.post(f"{path}read-file/", {"content": "a,b"}).status_code == 400


@pytest.fixture
def send(settings, tmp_path):
    """Send files in a form, as a program or a person."""
    settings.MEDIA_ROOT = tmp_path

    def post(caller, path, *files):
        sent = [SimpleUploadedFile(name, raw) for name, raw in files]
        return caller.client.post(f"/api/v1{path}", {"files": sent} if sent else {}, headers=caller.headers)

    return post


def test_files_are_added_shown_and_removed(desk, program, path, send):
    row = quick_message(desk)
    answer = send(program, f"{path}{row.pk}/files/", ("plates.jpg", samples.picture()), ("menu.pdf", samples.PDF))
    assert answer.status_code == 201
    one, other = answer.json()["files"]
    assert (one["name"], one["content_type"], one["size"]) == ("plates.jpg", "image/png", len(samples.picture()))
    assert program.get(path).json()["results"] == [{**answer.json(), "files": [Shown(one), Shown(other)]}]
    served = program.client.get(urlsplit(other["url"]).path)
    assert (served.status_code, b"".join(served.streaming_content)) == (200, samples.PDF)
    assert served["X-Content-Type-Options"] == "nosniff"
    # Files alone: the text goes, but not the last file after it.
    assert program.patch(f"{path}{row.pk}/", {"text": ""}).json()["text"] == ""
    removed = program.call("DELETE", f"{path}{row.pk}/files/{one['id']}/")
    assert [file["name"] for file in removed.json()["files"]] == ["menu.pdf"]
    assert program.call("DELETE", f"{path}{row.pk}/files/{one['id']}/").status_code == 404
    refused = program.call("DELETE", f"{path}{row.pk}/files/{other['id']}/")
    assert (refused.status_code, [*refused.json()["errors"]]) == (400, ["text"])
    program.call("DELETE", f"{path}{row.pk}/")
    assert program.client.get(urlsplit(other["url"]).path).status_code == 404


class Shown(dict):
    """A file as it is shown: its address is signed anew each time."""

    def __eq__(self, other):
        return {**self, "url": ""} == {**other, "url": ""} and other["url"].startswith("http")

    __hash__ = None


def test_a_file_that_is_refused_is_named_and_none_is_added(desk, program, path, send):
    row = quick_message(desk)
    answer = send(program, f"{path}{row.pk}/files/", ("good.txt", b"good"), ("empty.txt", b""))
    assert (answer.status_code, answer.json()["code"]) == (400, "file_empty")
    assert answer.json()["errors"]["files"][0].startswith("empty.txt: ")
    assert send(program, f"{path}{row.pk}/files/").status_code == 400
    assert program.post(f"{path}{row.pk}/files/", {"files": ["x"]}).status_code == 400
    assert not row.files.exists()


def test_files_are_the_owners_to_change(desk, as_person, path, send):
    row = quick_message(desk)
    agent, other = as_person(desk.agent()), as_person(desk.agent())
    mine = agent.post(path, {"messages": [{"shortcut": "a", "text": "b"}]}).json()["results"][0]
    assert mine["files"] == []
    added = send(agent, f"{path}{mine['id']}/files/", ("a.txt", b"a")).json()["files"]
    assert send(other, f"{path}{mine['id']}/files/", ("a.txt", b"a")).status_code == 404
    assert other.call("DELETE", f"{path}{mine['id']}/files/{added[0]['id']}/").status_code == 404
    assert send(agent, f"{path}{row.pk}/files/", ("a.txt", b"a")).status_code == 403


def test_a_file_may_have_what_a_file_of_a_message_may(desk, program, path, send):
    row = quick_message(desk)
    large = samples.PDF + b"x" * (6 * 1024 * 1024)
    assert send(program, f"{path}{row.pk}/files/", ("large.pdf", large)).status_code == 201


def test_a_persons_address_of_a_file_asks_for_their_right(desk, as_person, path, send):
    row = quick_message(desk)
    administrator = as_person(desk.administrator)
    [file] = send(administrator, f"{path}{row.pk}/files/", ("a.txt", b"secret")).json()["files"]
    address = urlsplit(file["url"]).path
    assert address == reverse("sectors:quick_file", args=[desk.project.pk, row.pk, file["id"]])
    assert Client().get(address).status_code == 302
