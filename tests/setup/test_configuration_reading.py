"""Files that people and programs send: what is wrong is said, all of it at once, with its place and what to do."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setup.configuration import yaml_reader
from setup.configuration.problems import MAX_PROBLEMS, Problems
from setup.configuration.validate import check
from tests.pages import NASTY

pytestmark = pytest.mark.django_db

START = "version: 1\nsectors:\n- name: Support\n  queues: [General]\n"


def wrong_with(file: bytes | str) -> list[tuple[str, int | None, str]]:
    """Return what is wrong with a file: path, line, sentence."""
    return [(one.path, one.line, one.sentence) for one in check(file).problems]


def test_a_small_file_is_all_right() -> None:
    checked = check(START)
    assert not checked.problems
    [sector] = checked.sectors
    assert (sector.name, [queue.name for queue in sector.queues or []], sector.tags) == ("Support", ["General"], None)


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("", None, "empty"),
        ("# only a comment", None, "empty"),
        ("a: [1", None, "can't be read as YAML"),
        ("a:\n\t- b", 2, "not with tabs"),
        ("a: 'b", None, "can't be read as YAML"),
        ("%PDF-1.7\n%\x00\x01", None, "YAML"),
        (b"\xff\xfe\x00v", 1, "Write keys with values"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", None, "UTF-8"),
        ("version: 1\n---\nversion: 1\n", 2, "second document"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("{a: " * 1_000, 1, "nested too deeply"),
        (LAUGHS, 1, "Anchors"),
        ("a: *b", 1, "aliases"),
        ("version: !!python/object/apply:os.system [echo]", 1, "Tags"),
        ("version: !!int 1", 1, "Tags"),
        ("#" * (yaml_reader.MAX_BYTES + 1), None, "larger than 4 MB"),
        ("é" * (yaml_reader.MAX_BYTES // 2 + 1), None, "larger than 4 MB"),
        ("- a\n" * (yaml_reader._MAX_NODES + 1), 500_000, "too many values"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_can_not_be_read(file: bytes | str, line: int | None, words: str) -> None:
    [(_path, at, sentence)] = wrong_with(file)
    assert words in sentence
    assert line is None or at == line


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_mark_of_utf8_and_lines_of_windows_are_no_problem(mark: str) -> None:
    assert wrong_with((mark + START.replace("\n", "\r\n")).encode()) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encoding_an_editor_saved_it_in(encoding: str) -> None:
    read = yaml_reader.read("name: Atenção ao cliente\n".encode(encoding), Problems())
    assert isinstance(read, yaml_reader.Entries)
    [(_key, value)] = read.entries
    assert value == yaml_reader.Scalar(1, "Atenção ao cliente", plain=True)


@pytest.mark.parametrize(
    ("file", "path", "line", "words"),
    [
        ("just text", "", 1, "Write keys with values"),
        ("[]", "", 1, "Write keys with values"),
        ("version: 1", "", 1, "sectors: []"),
        ("sectors: []", "", 1, "version: 1"),
        ("version: 2\nsectors: []", "version", 1, "reads version 1"),
        ("version: '1'\nsectors: []", "version", 1, "whole number"),
        ("version: 1\nsectors: 3", "sectors", 2, "list"),
        ("version: 1\nsectors: [3]", "sectors › #1", 2, "keys"),
        ("version: 1\nsector: []\nsectors: []", "sector", 2, "“sectors” meant"),
        ("version: 1\nsectors: []\nqqq: 1", "qqq", 3, "Known are: version, sectors"),
        ("version: 1\nversion: 1\nsectors: []", "", 2, "twice; the first is at line 1"),
        ("version: 1\nsectors: []\n[a, b]: 1", "", 3, "A key is one word"),
        ("version: 1\nsectors:\n- queues: [a]", "sectors › #1", 3, "name: …"),
        ("version: 1\nsectors:\n- name: [a]\n  queues: [a]", "sectors › #1 › name", 3, "Write a text"),
        ("version: 1\nsectors:\n- name:\n  queues: [a]", "sectors › #1 › name", 3, "Write a text"),
        ('version: 1\nsectors:\n- name: " "\n  queues: [a]', "sectors › #1 › name", 3, "Enter a name"),
    ],
)
def test_what_is_not_where_it_should_be(file: str, path: str, line: int, words: str) -> None:
    [(at, number, sentence)] = wrong_with(file)
    assert (at, number) == (path, line)
    assert words in sentence


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        ("limit: 0", "limit", "from 1 to 100"),
        ("limit: many", "limit", "whole number"),
        ("limit: 1e9", "limit", "whole number"),
        ("limit: 99999999999999999999", "limit", "whole number"),
        ("limit: true", "limit", "whole number"),
        ("time_zone: Mars/Base", "time_zone", "time zone"),
        ("time_zone: ../../etc/passwd", "time_zone", "time zone"),
        ("always_open: maybe", "always_open", "true or false"),
        ("always_open: 'true'", "always_open", "true or false"),
        ("active_messages: [true]", "active_messages", "true or false"),
        ("hours: always", "hours", "keys"),
        ("hours: {sunnyday: []}", "hours › sunnyday", "“sunday” meant"),
        ("hours: {monday: 08:00-12:00}", "hours › monday", "list"),
        ("hours: {monday: [8-noon]}", "hours › monday › #1", "08:00-12:00"),
        ("hours: {monday: [08:00-25:00]}", "hours › monday › #1", "08:00-12:00"),
        ("hours: {monday: [[480, 720]]}", "hours › monday › #1", "Write a text"),
        ("hours: {monday: [08:00-12:00, 11:00-13:00]}", "hours", "overlap"),
        ("hours: {sunday: [22:00-06:00], monday: [05:00-06:00]}", "hours", "overlap"),
        ("special_days: [2026-12-24]", "special_days › #1", "keys"),
        ("special_days: [{name: x}]", "special_days › #1", "date: 2026-12-24"),
        ("special_days: [{date: 2026-02-30}]", "special_days › #1 › date", "calendar has"),
        ("special_days: [{date: 24.12.2026}]", "special_days › #1 › date", "calendar has"),
        ("special_days: [{date: 1026-02-03}]", "special_days › #1", "between 1970 and 2200"),
        ("special_days: [{date: 2026-02-03, hours: [08:00-09:00, 08:00-10:00]}]", "special_days › #1", "overlap"),
        ("special_days: [{date: 2026-02-03}, {date: 2026-02-03}]", "special_days › #2", "further up"),
        ("special_days: [{date: 2026-02-03, colour: red}]", "special_days › #1 › colour", "Known are"),
        ("agent_limits: [a@b.c]", "agent_limits", "keys"),
        ("agent_limits: {a@b.c: 101}", "agent_limits › a@b.c", "from 1 to 100"),
        ("managers: a@b.c", "managers", "list"),
        ("managers: [a@b.c, A@B.C]", "managers › #2", "twice"),
        ("automatic_messages: {opened: Hi}", "automatic_messages › opened", "“opening” meant"),
        ("automatic_messages: {opening: 'Hi {{who}}'}", "automatic_messages › opening", "no such variables: {{who}}"),
        ("waiting_every: 0", "waiting_every", "from 1 to 1440"),
        ("attending: {warn_afer: 3}", "attending › warn_afer", "“warn_after” meant"),
        ("attending: {retag_for: 0}", "attending › retag_for", "from 1 to 10,080"),
        ("attending: {move_on_after: 1441}", "attending › move_on_after", "from 1 to 1440"),
        ("attending: {waiting_target: soon}", "attending › waiting_target", "whole number"),
        ("attending: {warn_after: 3}", "attending", "what the contact is warned with"),
        ("attending: {close_after: 3}", "attending", "Say both"),
        ("attending: {close_tag: Refund}", "attending", "Say both"),
        ("attending: {warn_after: 3, warn_text: a, close_after: 3, close_tag: b}", "attending", "before the ticket"),
        ("quick_messages: {a b: x}", "quick_messages › a b", "one word"),
        ("quick_messages: {hi: ''}", "quick_messages › hi", "Write what the shortcut inserts"),
        ("quick_messages: {hi: '{{nothing}}'}", "quick_messages › hi", "no such variables"),
        ("quick_messages: {hi: a, /HI: b}", "quick_messages › /HI", "stands in the list already, at line 5"),
        ("tags: []", "tags", "at least one"),
        ("tags: [Ação, acao]", "tags › acao", "stands in the list already, at line 5"),
        ("tags: [{name: a, color: pinkish}]", "tags › a › color", "one of the colours"),
        ("tags: [{name: a, description: [b]}]", "tags › a › description", "Write a text"),
        ("tags: [{color: red}]", "tags › #1", "name: …"),
        ("tags: [[a]]", "tags › #1", "keys"),
        ("tag: [a]", "tag", "“tags” meant"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_sector(entry: str, path: str, words: str) -> None:
    [(at, line, sentence)] = wrong_with(f"{START}  {entry}\n")
    assert (at, line) == (f"sectors › Support › {path}", 5)
    assert words in sentence


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        ("queues: []", "queues", "at least one"),
        ("queues: [{name: a, max_waiting: -1}]", "queues › a › max_waiting", "from 0 to 10,000"),
        ("queues: [{name: a, max_waiting: some}]", "queues › a › max_waiting", "whole number"),
        ("queues: [{name: a, on_hold: 1}]", "queues › a › on_hold", "true or false"),
        ("queues: [{name: a, agents: {a: b}}]", "queues › a › agents", "list"),
        ("queues: [{name: a, agent: []}]", "queues › a › agent", "“agents” meant"),
        ("queues: [a, A]", "queues › A", "stands in the list already"),
    ],
)
def test_what_is_wrong_in_a_queue(entry: str, path: str, words: str) -> None:
    [(at, line, sentence)] = wrong_with(f"version: 1\nsectors:\n- name: Support\n  {entry}\n")
    assert (at, line) == (f"sectors › Support › {path}", 4)
    assert words in sentence


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    found = wrong_with(
        "version: 3\nsectors:\n- name: Support\n  limit: 0\n  hours: {monday: [x]}\n  queues: [a, a]\n"
        "- naem: x\n- name: support\n  queues: [b]\n  tags: [{name: c, color: x}]\n"
    )
    assert [(line, path) for path, line, _sentence in found] == [
        (1, "version"),
        (4, "sectors › Support › limit"),
        (5, "sectors › Support › hours › monday › #1"),
        (6, "sectors › Support › queues › a"),
        (7, "sectors › #2 › naem"),
        (7, "sectors › #2"),
        (8, "sectors › support"),
        (10, "sectors › support › tags › c › color"),
    ]


def test_problems_without_end_are_counted() -> None:
    problems = check("version: 1\nsectors:\n" + "- x\n" * 5_000).problems
    assert len(list(problems)) == MAX_PROBLEMS
    assert len(problems) == 5_000


def test_words_that_yaml_takes_for_something_else_are_names_too() -> None:
    checked = check("version: 1\nsectors:\n- name: 2024\n  queues: [no, 1.5, 2026-01-01]\n  tags: [12:30, true]\n")
    [sector] = checked.sectors
    assert not checked.problems
    assert sector.name == "2024"
    assert [one.name for one in sector.queues or []] == ["no", "1.5", "2026-01-01"]
    assert [one.name for one in sector.tags or []] == ["12:30", "true"]


def test_what_can_not_be_stored_is_a_problem() -> None:
    for text in ('"a\\0b"', '"\\ud800"', '"a\\u0000"'):
        found = wrong_with(f"version: 1\nsectors:\n- name: {text}\n  queues: [a]\n")
        assert found and all(line == 3 for _path, line, _sentence in found), text


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:12])
def test_odd_values_break_nothing(value: str) -> None:
    quoted = '"' + value.replace("\x00", "\\0") + '"'
    keys = ("name", "time_zone", "limit", "always_open", "hours", "special_days", "managers", "agent_limits",
            "automatic_messages", "waiting_every", "quick_messages", "queues", "tags", "active_messages")  # fmt: skip
    for key in keys:
        found = wrong_with(f"version: 1\nsectors:\n- {key}: {quoted}\n")
        # Of these many are good names.
        assert found or key == "name"
        assert all(len(path) < 300 and len(sentence) < 500 for path, _line, sentence in found)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_bytes_break_it(file: bytes | str) -> None:
    assert check(file).problems
