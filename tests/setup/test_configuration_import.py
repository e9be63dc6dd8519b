"""Taking a configuration file over: what the difference shows, and that it is done, all or nothing
(docs/rules.md, Configuration as a file)."""

from datetime import date
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import DomainError, NotAllowed
from orgs.access import SYSTEM
from orgs.models import AuditEntry, ProjectRole
from queues import operations as queues
from queues.models import Queue, QueueAgent
from sectors import operations as sectors
from sectors.models import Sector
from setup.configuration.apply import apply_configuration, difference_of
from setup.configuration.yaml_writer import as_yaml
from tags import operations as tags
from tags.models import Tag
from tests.builders import Desk, project_member, project_of
from tests.refusals import refused
from tests.setup.configurations import edited, enrich, file_of, said, summary, take_over
from tickets.operations import attendance_rules

pytestmark = pytest.mark.django_db


def test_an_export_changes_nothing(desk: Desk) -> None:
    enrich(desk)
    file, entries = file_of(desk.project), AuditEntry.objects.count()
    difference = difference_of(desk.project, file, by=SYSTEM)
    assert said(difference) == []
    assert difference.empty and difference.counts == {}
    take_over(desk.project, file)
    assert file_of(desk.project) == file
    assert AuditEntry.objects.count() == entries


def test_a_file_makes_an_empty_project_the_same(desk: Desk) -> None:
    enrich(desk)
    file = file_of(desk.project)
    other = project_of(desk.project.organization)
    for user in {place.user for place in QueueAgent.objects.all()} | set(desk.sector.managers.all()):
        project_member(other, user=user)
    done = take_over(other, file)
    assert file_of(other) == file
    assert done.counts == {"added": 2 + 3 + 4 + 2 + 1}


_NAMES = st.lists(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).map(
        lambda text: " ".join(normalize("NFC", text).split())
    ),
    min_size=1,
    max_size=3,
    unique_by=str.casefold,
)
_RANGES = st.lists(st.integers(0, 47), max_size=4, unique=True).map(
    lambda halves: [
        f"{a // 2:02}:{a % 2 * 30:02}-{b // 2:02}:{b % 2 * 30:02}"
        for a, b in zip(*[iter(sorted(halves))] * 2, strict=False)
    ]
)
_WEEK = st.fixed_dictionaries(
    dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), _RANGES)
)
_SECTORS = st.fixed_dictionaries(
    {
        "time_zone": st.sampled_from(["UTC", "America/Sao_Paulo", "Asia/Kathmandu"]),
        "always_open": st.booleans(),
        "hours": _WEEK,
        "special_days": st.lists(
            st.fixed_dictionaries(
                {
                    "date": st.dates(date(2024, 1, 1), date(2030, 1, 1)).map(str),
                    "yearly": st.just(False),
                    "name": st.sampled_from(["", "yes", "Fair: day"]),
                    "hours": _RANGES,
                }
            ),
            max_size=2,
            unique_by=lambda day: day["date"],
        ).map(lambda days: sorted(days, key=lambda day: day["date"])),
        "limit": st.integers(1, 100),
        "active_messages": st.booleans(),
        "waiting_every": st.none() | st.integers(1, 1440),
        "quick_messages": st.dictionaries(
            st.sampled_from(["a", "b-c", "d_1"]), st.sampled_from(["Hello\nthere", "no", "#1: {{contact.name}}"])
        ).map(lambda found: dict(sorted(found.items()))),
        "queues": _NAMES.map(
            lambda names: [{"name": f"q{name}", "on_hold": False, "max_waiting": len(name)} for name in names]
        ),
        "tags": _NAMES.map(
            lambda names: [{"name": f"t{name}", "description": name, "color": "blue"} for name in names]
        ),
    }
)
_FILES = st.builds(
    lambda names, facts: [{"name": f"s{name}", **fact} for name, fact in zip(names, facts, strict=False)],
    _NAMES,
    st.lists(_SECTORS, min_size=1, max_size=2),
)


@settings(
    max_examples=5,
    # The examples are small as they are.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_FILES, _FILES)
def test_any_project_becomes_any_other_and_is_then_the_same(desk: Desk, first: Any, second: Any) -> None:
    for facts in (first, second):
        file = as_yaml(facts)
        shown = difference_of(desk.project, file, by=SYSTEM)
        if shown.problems:
            # Two of the names are one, folded: the file says so, and nothing else is wrong with it.
            assert all("stands in the list already" in line for line in said(shown))
            return
        take_over(desk.project, file)
        again = difference_of(desk.project, file_of(desk.project), by=SYSTEM)
        assert again.empty
        assert [one["name"] for one in facts] == [
            row.name for row in Sector.objects.live().filter(project=desk.project).order_by("position")
        ]


def test_each_kind_of_change_is_shown_and_done(desk: Desk) -> None:
    enrich(desk)
    agent = desk.agent()

    def edit(facts: list[dict[str, Any]]) -> None:
        one = facts[0]
        one["limit"], one["time_zone"], one["waiting_every"] = 5, "UTC", None
        one["automatic_messages"] = {"closing": "Bye"}
        one["agent_limits"] = {agent.email: 4}
        one["hours"]["monday"] = []
        one["special_days"][0]["name"] = "Another year"
        one["special_days"][1]["date"] = "2031-05-01"
        one["quick_messages"] = {"HELLO": "Hi", "bye": "Bye"}
        one["queues"].insert(0, {"name": "old LINE", "agents": [agent.email]})
        one["queues"][1]["agents"] = []
        one["tags"] = [{"name": "Complaint"}, {"name": "Old tag", "color": "blue"}, "New tag"]
        facts.reverse()
        facts.append({"name": "OLD sector", "limit": 3})

    file = edited(desk.project, edit)
    shown = difference_of(desk.project, file, by=SYSTEM)
    name = desk.sector.name
    assert summary(shown) == [
        f"changed sector {name} timezone: 'America/Lima' → 'UTC'"
        " hours: [[[480, 720], [780, 1080]], [], [], [], [[1320, 1800]], [], [[0, 1440]]]"
        " → [[], [], [], [], [[1320, 1800]], [], [[0, 1440]]]"
        f" ticket_limit: 7 → 5 agent_limits: {_limits(desk)} → {{'{agent.email}': 4}}"
        " automatic_messages: {'opening': 'Hello\\nthere'} → {'closing': 'Bye'} waiting_every: 10 → None",
        f"restored queue old LINE name: 'Old line' → 'old LINE' agents: [] → ['{agent.email}']",
        f"changed queue General agents: {_on(desk.queue)} → []",
        "restored tag Old tag color: '' → 'blue'",
        "added tag New tag",
        "archived tag Resolved",
        "changed special_day 2030-01-01 Another year label: '' → 'Another year'",
        "added special_day 2031-05-01 New year yearly: None → True label: None → 'New year' ranges: None → []",
        "removed special_day 2030-01-01 New year",
        "changed quick_message HELLO shortcut: 'hello' → 'HELLO'"
        " text: 'Hello {{contact.name}},\\n\\t“how” are you: ☃?  \\u2028 there' → 'Hi'",
        "added quick_message bye text: None → 'Bye'",
        "restored sector OLD sector name: 'Old sector' → 'OLD sector'",
        f"order null, {name}, OLD sector",
    ]
    took = take_over(desk.project, file)
    assert took.counts == {"added": 3, "changed": 4, "restored": 3, "archived": 1, "removed": 1, "reordered": 1}
    assert list(Sector.objects.live().order_by("position").values_list("name", flat=True)) == [
        "null", name, "OLD sector",
    ]  # fmt: skip
    desk.sector.refresh_from_db()
    assert (desk.sector.ticket_limit, desk.sector.timezone, desk.sector.waiting_every) == (5, "UTC", None)
    assert _limits(desk) == {agent.email: 4}
    assert list(desk.sector.queues.live().order_by("position").values_list("name", flat=True)) == [
        "old LINE", "General", "Ação: “yes” # no",
    ]  # fmt: skip
    assert set(Tag.objects.choosable().filter(sector=desk.sector).values_list("name", "color")) == {
        ("Complaint", ""), ("Old tag", "blue"), ("New tag", ""),
    }  # fmt: skip


def _limits(desk: Desk) -> dict[str, int]:
    rows = desk.sector.agent_limits.select_related("user").order_by("user__email")
    return {row.user.email: row.ticket_limit for row in rows}


def _on(queue: Queue) -> list[str]:
    return sorted(place.user.email for place in queue.places.select_related("user"))


def test_what_a_file_does_not_speak_of_stays(desk: Desk) -> None:
    enrich(desk)
    before = file_of(desk.project)
    file = f"version: 1\nsectors: [{{name: {desk.sector.name}}}, {{name: 'null', tags: [Resolved, Complaint]}}]"
    assert difference_of(desk.project, file, by=SYSTEM).empty
    take_over(desk.project, file)
    assert file_of(desk.project) == before


def test_a_new_sector_is_as_on_its_page_where_the_file_says_nothing(project: Any) -> None:
    take_over(project, "version: 1\nsectors:\n- name: Support\n  queues: [General]\n")
    sector = Sector.objects.get(project=project)
    assert [tag.name for tag in sector.tags.all()] == ["Resolved"]
    assert (sector.ticket_limit, sector.timezone, sector.always_open) == (3, "UTC", False)


def test_every_change_is_in_the_log_and_the_file_too(desk: Desk) -> None:
    seen = set(AuditEntry.objects.values_list("pk", flat=True))

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["limit"] = 9
        facts[0]["tags"].append({"name": "New", "color": "red"})
        facts.append({"name": "Sales", "queues": ["First"]})

    take_over(desk.project, edited(desk.project, edit), by=desk.by())
    entries = AuditEntry.objects.exclude(pk__in=seen)
    assert sorted(entries.values_list("action", flat=True)) == sorted(
        ["sector.changed", "tag.created", "sector.created", "queue.created", "tag.created", "configuration.imported"]
    )
    assert {entry.actor for entry in entries} == {desk.administrator}
    assert entries.get(action="configuration.imported").after == {"added": 4, "changed": 1}


def test_nothing_is_done_where_the_state_is_no_longer_the_one_shown(desk: Desk) -> None:
    file = edited(desk.project, lambda facts: facts[0].update(limit=50))
    shown = difference_of(desk.project, file, by=SYSTEM)
    for change in (
        lambda: desk.limit(4),
        desk.add_queue,
        lambda: tags.archive_tag(tags.add_tags(desk.sector, ["x"], by=SYSTEM)[0], by=SYSTEM),
        lambda: sectors.add_special_days(desk.sector, [sectors.SpecialDay(date(2030, 1, 1))], by=SYSTEM),
        lambda: tags.change_tag(desk.tags[0], by=SYSTEM, color="red"),
        lambda: queues.update_queue(desk.queue, by=SYSTEM, agents=[desk.agent()]),
    ):
        change()
        assert difference_of(desk.project, file, by=SYSTEM).fingerprint != shown.fingerprint
        with refused("changed_meanwhile"):
            apply_configuration(desk.project, file, by=SYSTEM, fingerprint=shown.fingerprint)
        shown = difference_of(desk.project, file, by=SYSTEM)
    desk.sector.refresh_from_db()
    assert desk.sector.ticket_limit == 4


def test_all_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["limit"] = 9
        facts.append({"name": "Sales", "queues": ["First"], "tags": ["One"]})

    file, before = edited(desk.project, edit), file_of(desk.project)
    entries = AuditEntry.objects.count()

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise DomainError("No more tags.", code="full")

    monkeypatch.setattr(tags, "add_tags", fail)
    mark = difference_of(desk.project, file, by=SYSTEM).fingerprint
    with refused("full") as caught:
        apply_configuration(desk.project, file, by=SYSTEM, fingerprint=mark)
    assert str(caught.value) == "Sales: No more tags."
    assert file_of(desk.project) == before
    assert AuditEntry.objects.count() == entries


def test_open_tickets_are_a_problem_up_front(desk: Desk) -> None:
    desk.add_queue("Second")
    other = desk.add_sector(name="Sales")
    desk.open_ticket()
    desk.open_ticket(sector=other)
    file = f"version: 1\nsectors: [{{name: {desk.sector.name}, queues: [Second]}}]"
    shown = difference_of(desk.project, file, by=SYSTEM)
    name = desk.sector.name
    assert said(shown) == [
        f"sectors › {name} › queues › General@None: It is not in the file, so it would be archived, but has 1 open"
        " ticket. Close it, or archive this on its page, which moves it.",
        "sectors › Sales@None: It is not in the file, so it would be archived, but has 1 open"
        " ticket. Close it, or archive this on its page, which moves it.",
    ]
    with refused("configuration_refused"):
        apply_configuration(desk.project, file, by=SYSTEM, fingerprint=shown.fingerprint)
    assert Sector.objects.live().filter(project=desk.project).count() == 2


def test_a_raised_limit_and_a_new_agent_route_what_waits(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    tickets = [desk.open_ticket() for _n in range(3)]
    take_over(desk.project, edited(desk.project, lambda facts: facts[0].update(limit=2)))
    tickets = [type(ticket).objects.get(pk=ticket.pk) for ticket in tickets]
    assert [ticket.agent for ticket in tickets] == [agent, agent, None]


def test_a_contributor_changes_all_but_neither_archives_nor_restores_sectors(desk: Desk) -> None:
    contributor = desk.by(desk.person(ProjectRole.CONTRIBUTOR))
    sectors.archive_sector(desk.add_sector(name="Old"), by=SYSTEM)
    desk.add_sector(name="Sales")
    manager = desk.agent()

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["managers"] = [manager.email]
        facts[0]["queues"] = ["Another"]
        facts.append({"name": "New", "queues": ["First"]})

    take_over(desk.project, edited(desk.project, edit), by=contributor)
    assert list(desk.sector.managers.all()) == [manager]
    for edit_more, words in (
        (lambda facts: facts.pop(), "only administrators may"),
        (lambda facts: facts.append({"name": "Old"}), "Ask an administrator"),
    ):
        file = edited(desk.project, edit_more)
        shown = difference_of(desk.project, file, by=contributor)
        assert len(shown.problems) == 1 and words in said(shown)[0]
        with refused("configuration_refused"):
            apply_configuration(desk.project, file, by=contributor, fingerprint=shown.fingerprint)
        take_over(desk.project, file, by=desk.by())


def test_who_may_not_create_sectors_may_neither_look_nor_apply(desk: Desk) -> None:
    file = file_of(desk.project)
    mark = difference_of(desk.project, file, by=SYSTEM).fingerprint
    for by in (desk.by(desk.manager()), desk.by(desk.agent()), Desk.set_up().by()):
        with pytest.raises(NotAllowed):
            difference_of(desk.project, file, by=by)
        with pytest.raises(NotAllowed):
            apply_configuration(desk.project, file, by=by, fingerprint=mark)


def test_people_are_named_who_are_unknown_or_without_access(desk: Desk) -> None:
    viewer = desk.person(ProjectRole.VIEWER)
    stranger = Desk.set_up().administrator

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["managers"] = [viewer.email, "nobody@example.org", "Robert'); DROP", "x" * 1_000_000]
        facts[0]["agent_limits"] = {"nobody@example.org": 3, stranger.email.upper(): 4}

    lines = said(difference_of(desk.project, edited(desk.project, edit), by=SYSTEM))
    assert [line.split(": ")[1] for line in sorted(lines, key=lambda line: line.split(": ")[1])] == sorted(
        [
            f"{viewer.email} has no access to Chats in this project. Give them the role Human attendance first.",
            "Nobody in this project has the address nobody@example.org. Add them to its members first.",
            "Nobody in this project has the address robert'); drop. Add them to its members first.",
            f"Nobody in this project has the address {'x' * 80}. Add them to its members first.",
            f"Nobody in this project has the address {stranger.email}. Add them to its members first.",
        ]
    )


def test_names_of_tags_that_can_not_come_back_are_problems(desk: Desk) -> None:
    flow = tags.tag_for_flow(desk.sector)
    file = edited(desk.project, lambda facts: facts[0]["tags"].extend([{"name": flow.name}]))
    [problem] = said(difference_of(desk.project, file, by=SYSTEM))
    assert "closings use the tag of this name" in problem


def test_a_merged_tags_name_makes_a_new_tag(desk: Desk) -> None:
    [merged] = tags.add_tags(desk.sector, ["Merged"], by=SYSTEM)
    tags.merge_tags(merged, desk.tags[0], by=SYSTEM)
    file = edited(desk.project, lambda facts: facts[0]["tags"].append({"name": "MERGED"}))
    difference = difference_of(desk.project, file, by=SYSTEM)
    assert not said(difference)
    apply_configuration(desk.project, file, by=SYSTEM, fingerprint=difference.fingerprint)
    [new] = desk.sector.tags.filter(name="MERGED")
    assert (new.merged_into, new.archived_at) == (None, None)
    assert desk.sector.tags.get(name="Merged").merged_into == desk.tags[0]


def test_the_tag_for_silent_contacts_may_be_a_new_one_and_the_old_one_go(desk: Desk) -> None:
    enrich(desk)

    def edit(facts: list[dict[str, Any]]) -> None:
        facts[0]["tags"] = [{"name": "Silence"}]
        facts[0]["attending"] = {
            "close_after": 30,
            "close_tag": "SILENCE",
            "retag_for": 60,
            "move_on_after": 20,
            "agents_read_earlier": False,
        }

    take_over(desk.project, edited(desk.project, edit))
    rules = attendance_rules(desk.sector)
    assert (rules.close_after, rules.close_tag.name, rules.retag_for) == (30, "Silence", 60)
    assert (rules.move_on_after, rules.agents_read_earlier) == (20, False)
    assert (rules.warn_after, rules.warn_text) == (None, "")


def test_the_tag_for_silent_contacts_is_one_that_the_sector_has_and_keeps(desk: Desk) -> None:
    enrich(desk)
    cases = {
        "{tags: [New]}": "Tickets of silent contacts are closed with “Complaint”. Keep it",
        "{tags: [New], attending: {close_after: 3, close_tag: Complaint}}": "no tag of this name",
        "{attending: {close_after: 3, close_tag: Old tag}}": "no tag of this name",
    }
    for more, words in cases.items():
        file = f"version: 1\nsectors:\n- {{name: {desk.sector.name}, {more[1:]}\n- name: 'null'\n"
        [line] = said(difference_of(desk.project, file, by=SYSTEM))
        assert words in line
    file = f"version: 1\nsectors:\n- {{name: {desk.sector.name}, tags: [New], attending: {{}}}}\n- name: 'null'\n"
    take_over(desk.project, file)
    assert attendance_rules(desk.sector).close_tag is None


def test_a_larger_project_takes_no_more_queries(desk: Desk, django_assert_num_queries: Any) -> None:
    for n in range(3):
        desk.add_sector(name=f"Another {n}", queue_names=["a", "b"], tag_names=["x", "y"])
    file = file_of(desk.project)
    # Names folded, eleven of the state, open tickets; nobody is named in the file.
    with django_assert_num_queries(13):
        difference_of(desk.project, file, by=SYSTEM)
