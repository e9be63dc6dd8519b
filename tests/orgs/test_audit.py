"""The audit log: what it keeps whatever happens, and its pages (docs/rules.md, Audit log)."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from core.exports import as_csv
from core.pagination import PAGE
from orgs import operations as orgs
from orgs.access import Actor
from orgs.audit import descriptions as words
from orgs.audit.log import SECRET_FIELDS
from orgs.audit.search import AuditFilter, lines, matching_entries, read
from orgs.models import AuditEntry, Organization, ProjectRole
from sectors import operations as sectors
from tests.builders import Desk, organization_member, person, project_of
from tests.pages import NASTY, Pages, text_of
from tests.refusals import refused_by

# Kept, whatever happens


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE orgs_auditentry SET actor_name = 'somebody else'",
        "DELETE FROM orgs_auditentry",
        "TRUNCATE orgs_auditentry",
        "TRUNCATE orgs_organization CASCADE",
    ],
)
def test_the_log_is_append_only(desk: Desk, sql: str) -> None:
    count = AuditEntry.objects.count()
    assert count
    with refused_by("audit_append_only"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
    assert AuditEntry.objects.count() == count


@pytest.mark.parametrize("table", ["orgs_organization", "orgs_project"])
def test_nothing_that_the_log_tells_of_can_be_deleted_under_it(desk: Desk, table: str) -> None:
    pk = desk.project.pk if table == "orgs_project" else desk.project.organization_id
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_account_that_is_deleted_leaves_its_name(desk: Desk) -> None:
    user = desk.person(ProjectRole.MODERATOR)
    desk.add_queue()
    orgs.rename_project(desk.project, "Another", by=desk.by(user))
    orgs.remove_from_organization(user.organization_memberships.get(), by=desk.by())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orgs_user WHERE id = %s", [user.pk])
    entry = AuditEntry.objects.get(action="project.renamed")
    assert (entry.actor_name, entry.actor_id) == (user.email, user.pk)
    page = Pages(desk.administrator, desk.project).get("orgs:project_audit")
    assert user.email in text_of(page)


def entry_of(desk: Desk, **values: Any) -> AuditEntry:
    return AuditEntry(
        **{
            "organization_id": desk.project.organization_id,
            "project": desk.project,
            "actor_name": "x",
            "action": "sector.changed",
            "target_type": "sector",
            **values,
        }
    )


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("audit_names_actor", {"actor_name": ""}),
        ("audit_action_well_formed", {"action": "changed"}),
        ("audit_action_well_formed", {"action": "Sector.changed"}),
        ("audit_project_has_organization", {"organization_id": None}),
    ],
)
def test_an_entry_is_well_formed(desk: Desk, constraint: str, values: dict[str, Any]) -> None:
    with refused_by(constraint):
        AuditEntry.objects.bulk_create([entry_of(desk, **values)])


def test_an_entry_names_the_organization_of_its_project(desk: Desk, other_desk: Desk) -> None:
    with refused_by("audit_project_of_organization"):
        AuditEntry.objects.bulk_create([entry_of(desk, organization_id=other_desk.project.organization_id)])


def test_an_entry_says_from_where(desk: Desk) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7", headers={"X-Request-ID": "0123456789abcdef"})
    client.force_login(desk.administrator)
    agent = desk.agent()
    client.post(reverse("orgs:project_member_role", args=[desk.project.pk, agent.pk]), {"role": "contributor"})
    entry = AuditEntry.objects.get(action="project_member.role_changed")
    assert (entry.address, entry.request_id) == ("203.0.113.7", "0123456789abcdef")
    assert entry.actor == desk.administrator
    assert (entry.before, entry.after) == ({"role": "attendant"}, {"role": "contributor"})


@pytest.mark.parametrize("address", ["", "a socket", "999.1.1.1"])
def test_what_is_no_address_is_left_out(desk: Desk, address: str) -> None:
    client = Client(REMOTE_ADDR=address)
    client.force_login(desk.administrator)
    sent = {"emails": "x@example.org", "role": "viewer"}
    client.post(reverse("orgs:project_members", args=[desk.project.pk]), sent)
    assert AuditEntry.objects.get(action="invitation.sent").address is None


# Sentences


def test_sentences_name_roles_and_fields_in_words(desk: Desk) -> None:
    agent = desk.agent()
    orgs.change_project_role(agent.project_memberships.get(), ProjectRole.MODERATOR, by=desk.by())
    entry = AuditEntry.objects.get(action="project_member.role_changed")
    sentence = words.sentence_of(entry)
    assert sentence == f"Changed the role of {agent.name} in the project from Human attendance to Moderator"
    [difference] = words.differences_of(entry)
    assert (difference.label, difference.before, difference.after) == ("Role", "Human attendance", "Moderator")


def test_hours_are_said_as_people_say_them(desk: Desk) -> None:
    week = [[(540, 1080)], [(1200, 1500)], [], [(0, 1440)], [], [], []]
    sectors.update_sector(desk.sector, by=desk.by(), week=week, always_open=False)
    entry = AuditEntry.objects.get(action="sector.changed")
    said = {d.label: (d.before, d.after) for d in words.differences_of(entry)}
    assert said["Always open"] == ("yes", "no")
    assert said["Work hours"][1] == (
        "Mon 09:00–18:00; Tue 20:00–01:00 (+1); Wed closed; Thu 00:00–24:00; Fri closed; Sat closed; Sun closed"
    )


@pytest.mark.parametrize(
    "values",
    [
        {"hours": "nonsense", "ranges": [1, 2], "date": 7, "expires_at": "soon", "role": "no such", "scopes": "x"},
        {"unheard_of": {"a": [1, None, True]}, "agents": None, "hours": [[["a", "b"]]] * 7},
        [],
        "text",
        0,
    ],
)
def test_an_entry_of_another_version_is_shown_all_the_same(desk: Desk, values: Any) -> None:
    entry = entry_of(desk, action="thing.unheard_of", target_name="100 %(x)s %", before=values, after=values)
    AuditEntry.objects.bulk_create([entry, entry_of(desk, target_name="%s", after=values)])
    page = Pages(desk.administrator, desk.project).get("orgs:project_audit")
    assert page.status_code == 200
    assert "thing.unheard_of: 100 %(x)s %" in text_of(page)


# The pages


def organization_page(desk: Desk, name: str = "orgs:organization_audit", **query: Any) -> Any:
    client = Client()
    client.force_login(desk.administrator)
    return client.get(reverse(name, args=[desk.project.organization_id]), query)


def shown(page: Any) -> list[str]:
    """Return the sentences of a page, in order."""
    return [one.sentence for _day, entries in page.context["days"] for one in entries]


def test_a_project_shows_its_own_and_an_organization_all_of_its_projects(desk: Desk, pages: Pages) -> None:
    beside = project_of(desk.project.organization, "Beside")
    orgs.rename_organization(desk.project.organization, "Another", by=desk.by())
    far = project_of(name="Far away")
    here = shown(pages.get("orgs:project_audit"))
    assert f"Created the project {desk.project.name}" in here
    assert not [s for s in here if "Beside" in s or "organization" in s or far.name in s]
    page = organization_page(desk)
    assert "Created the project Beside" in shown(page)
    assert [s for s in shown(page) if s.startswith("Renamed the organization")]
    assert far.name not in text_of(page)
    assert beside.name in text_of(page)


def test_newest_first_page_by_page_none_twice_and_none_left_out(desk: Desk, pages: Pages) -> None:
    for _n in range(PAGE + 5):
        desk.add_queue()
    wanted = list(AuditEntry.objects.filter(project=desk.project).order_by("-at", "-id").values_list("pk", flat=True))
    first = pages.get("orgs:project_audit")
    rest = pages.client.get(pages.url("orgs:project_audit") + first.context["older_url"])
    seen = [one.entry.pk for p in (first, rest) for _day, part in p.context["days"] for one in part]
    assert seen == wanted
    back = pages.client.get(pages.url("orgs:project_audit") + rest.context["newer_url"])
    assert shown(back) == shown(first)


def test_a_list_costs_the_same_however_long(desk: Desk, pages: Pages) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("orgs:project_audit").status_code == 200
            assert organization_page(desk).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for _n in range(10):
        other = desk.person(ProjectRole.MODERATOR)
        orgs.rename_project(desk.project, f"Name {_n}", by=desk.by(other))
    assert cost() == few


def test_filters(desk: Desk, pages: Pages) -> None:
    moderator = desk.person(ProjectRole.MODERATOR, word="somebody")
    token, _secret = orgs.create_token("Importer", by=desk.by(), scopes=["administer"], project=desk.project)
    desk.add_queue("Ours")
    with transaction.atomic():
        from queues import operations as queues

        queues.create_queue(desk.sector, "Theirs", by=desk.by(moderator))
        queues.create_queue(desk.sector, "Its", by=Actor(token_name="Importer", token=token))
    ours, theirs, its = (f"Created the queue {n} in the sector {desk.sector.name}" for n in ("Ours", "Theirs", "Its"))

    def asked(**query: Any) -> list[str]:
        answer = pages.get("orgs:project_audit", **query)
        assert answer.status_code == 200
        return shown(answer)

    assert asked(who=moderator.email) == [theirs]
    assert asked(who=moderator.email.upper()) == [theirs]
    assert asked(who=moderator.name) == [theirs]
    assert asked(who="importer") == [its]
    assert asked(who="no such person") == []
    assert set(asked(what="queue.created")) >= {ours, theirs, its}
    assert asked(what="queue.archived") == []
    assert [s for s in asked(what="queues") if "queue" not in s] == []
    assert asked(thing="ours") == [ours]
    entry = AuditEntry.objects.get(target_name="Ours")
    assert asked(thing=str(entry.target_id)) == [ours]
    assert asked(thing=str(uuid4())) == []
    assert asked(thing="ours", who=moderator.email) == []
    assert "No changes match" in text_of(pages.get("orgs:project_audit", who="no such person"))


def test_days_are_those_of_the_readers_zone(desk: Desk, pages: Pages) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 1, 30, tzinfo=UTC), tick=False):
        desk.add_queue("Late")
    pages.client.cookies["zone"] = "America/Sao_Paulo"
    page = pages.get("orgs:project_audit", **{"from": "2026-03-01", "to": "2026-03-01"})
    assert len(shown(page)) == 1
    assert "Days and times are those of Sao Paulo" in text_of(page)
    assert "10:30 p.m." in text_of(page)
    assert shown(pages.get("orgs:project_audit", **{"from": "2026-03-02", "to": "2026-03-02"})) == []
    # An address says whose days it means.
    fixed = pages.get("orgs:project_audit", **{"from": "2026-03-02", "to": "2026-03-02", "zone": "UTC"})
    assert len(shown(fixed)) == 1
    pages.client.cookies["zone"] = "no/such zone"
    assert "those of UTC" in text_of(pages.get("orgs:project_audit"))


def test_an_empty_log_says_when_it_will_not_be(desk: Desk) -> None:
    organization = Organization.objects.create(name="Without a log")
    user = organization_member_of(organization)
    client = Client()
    client.force_login(user)
    page = client.get(reverse("orgs:organization_audit", args=[organization.pk]))
    assert "Nothing has been changed yet" in text_of(page)


def organization_member_of(organization: Organization) -> Any:
    user = person()
    organization.memberships.create(user=user, role="administrator")
    return user


@pytest.mark.parametrize("name", ["who", "what", "thing", "from", "to", "zone", "before", "after"])
def test_nonsense_is_answered_and_never_breaks(pages: Pages, name: str) -> None:
    for value in [*NASTY, "2026-13-01", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00,x", str(uuid4())]:
        for page in ("orgs:project_audit", "orgs:project_audit_csv"):
            answer = pages.get(page, **{name: value})
            assert answer.status_code in {200, 422}, (value[:40], answer.status_code)


def test_a_last_day_before_the_first_is_refused_with_the_sentence(pages: Pages) -> None:
    answer = pages.get("orgs:project_audit", **{"from": "2026-03-02", "to": "2026-03-01"})
    assert answer.status_code == 422
    assert "The last day lies before the first." in text_of(answer)


def test_who_reads_it(desk: Desk) -> None:
    for role in ProjectRole.values:
        allowed = role == ProjectRole.MODERATOR
        pages = Pages(desk.person(role), desk.project)
        for name in ("orgs:project_audit", "orgs:project_audit_csv"):
            assert pages.get(name).status_code == (200 if allowed else 403), role
    assert Pages(person(), desk.project).get("orgs:project_audit").status_code == 404
    viewer = Client()
    viewer.force_login(organization_member(desk.project.organization))
    assert viewer.get(reverse("orgs:organization_audit", args=[desk.project.organization_id])).status_code == 403


def test_the_page_speaks_the_readers_language(desk: Desk, pages: Pages) -> None:
    with translation.override("es"):
        sentence = words.sentence_of(AuditEntry.objects.filter(action="project.created")[0])
    assert desk.project.name in sentence


# The file


def file_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_the_file_has_every_entry_that_is_asked_for(
    desk: Desk, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgs.audit.search.CHUNK", 3)
    for n in range(10):
        desk.add_queue(f"Line {n}")
    answer = pages.get("orgs:project_audit_csv", what="queue.created", thing="Line")
    assert answer.streaming
    head, *rows = file_of(answer)
    assert len(head) == len(rows[0]) == 13
    assert [row[8] for row in rows] == [f"Line {n}" for n in range(9, -1, -1)]
    whole = file_of(organization_page(desk, "orgs:organization_audit_csv"))
    assert len(whole) - 1 == AuditEntry.objects.filter(organization=desk.project.organization).count()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_spreadsheet_takes_nothing_for_a_formula(desk: Desk, name: str) -> None:
    AuditEntry.objects.bulk_create([entry_of(desk, target_name=name, actor_name=name)])
    rows = list(csv.reader(as_csv(lines(desk.project, AuditFilter(who=name.strip())))))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t")) for row in rows[1:] for cell in row)


# As long as it may get


def test_with_many_entries_each_list_and_filter_goes_by_an_index(desk: Desk) -> None:
    """A hundred thousand entries of a hundred places."""
    organization = desk.project.organization_id
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO orgs_auditentry (id, organization_id, project_id, at, actor_name, action, target_type,
                                         target_id, target_name, request_id)
            SELECT gen_random_uuid(), %s, %s, now() - n * interval '1 minute', 'actor-' || n %% 5000, 'tag.created',
                   'tag',
                   gen_random_uuid(), 'thing ' || n, '' FROM generate_series(1, 100000) n
            """,
            [organization, desk.project.pk],
        )
        cursor.execute("ANALYZE orgs_auditentry")
    questions = {
        "": "audit_of_project",
        "what=queue.created": "audit_by_action_in_project",
        f"thing={uuid4()}": "audit_by_target",
        "thing=thing 4711x": "audit_target_words",
        "who=actor-4711": "audit_actor_words",
        "from=2020-01-01&to=2020-01-31": "audit_of_project",
    }
    from django.http import QueryDict

    for query, index in questions.items():
        asked, _form = read(QueryDict(query), zone="UTC")
        assert asked is not None
        plan = matching_entries(desk.project, asked).order_by("-at", "-id")[: PAGE + 1].explain()
        assert index in plan, f"{query}: {plan}"
        assert "Seq Scan" not in plan
    plan = matching_entries(desk.project.organization, AuditFilter()).order_by("-at", "-id")[: PAGE + 1].explain()
    assert "audit_of_organization" in plan


def test_secrets_are_not_in_the_log(desk: Desk) -> None:
    _token, secret = orgs.create_token("New", by=desk.by(), scopes=["read"], project=desk.project)
    _membership, _invitation, link = orgs.add_by_email(
        desk.project.organization, "new@example.org", "viewer", by=desk.by()
    )
    everything = str(list(AuditEntry.objects.values()))
    assert secret not in everything
    assert secret[8:20] not in everything
    assert link not in everything
    assert SECRET_FIELDS


def test_without_a_browsers_zone_days_are_those_of_the_project(desk: Desk, pages: Pages) -> None:
    sectors.update_sector(desk.sector, by=desk.by(), timezone="America/Sao_Paulo")
    with time_machine.travel(datetime(2026, 3, 2, 1, 30, tzinfo=UTC), tick=False):
        desk.add_queue("Late")
    page = pages.get("orgs:project_audit", **{"from": "2026-03-01", "to": "2026-03-01"})
    assert text_of(page).count("Days and times are those of Sao Paulo") == 1
    assert "10:30 p.m." in text_of(page)
    rows = b"".join(pages.get("orgs:project_audit_csv", **{"from": "2026-03-01", "to": "2026-03-01"})).decode()
    assert "2026-03-01 22:30:00" in rows
    assert "America/Sao_Paulo" in rows
