"""The pages that take several apps together: checklist, new sector, connect your flow."""

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from orgs.models import ApiToken, Project, ProjectRole
from orgs.operations import find_token
from sectors.models import Sector
from setup.checklist import checklist_of
from tests.builders import Desk, administrator_of, member, person, project_member
from tests.pages import NASTY, Pages, text_of
from tickets.models import Source, Ticket
from tickets.webhooks.signing import secrets_of


@pytest.fixture
def pages(project: Project) -> Pages:
    """The administrator's pages of a project that has nothing yet."""
    return Pages(administrator_of(project.organization), project)


def done(project: Project) -> list[bool]:
    return [step.done for step in checklist_of(member(administrator_of(project.organization), project)).steps]


# Checklist


def test_each_step_is_done_when_the_project_says_so(project: Project, pages: Pages) -> None:
    assert done(project) == [False] * 5
    assert "0 of 5 done" in text_of(pages.get("setup:checklist"))
    agent = project_member(project)
    assert done(project) == [True, False, False, False, False]
    # Whatever the time of the day is: a ticket comes in the end.
    pages.post("setup:sector_new", **filled(pages, always_open="on"))
    assert done(project) == [True, True, False, False, False]
    sector = Sector.objects.get(project=project)
    queue = sector.queues.get()
    pages.post("queues:detail", queue.pk, **pages.typed("queues:detail", queue.pk) | {"agents": [str(agent.pk)]})
    assert done(project) == [True, True, True, False, False]
    pages.post("tags:list", sector.pk, tags=["Refund"])
    assert done(project) == [True, True, True, True, False]
    pages.post("setup:test_ticket", sector=str(sector.pk))
    assert done(project) == [True] * 5
    assert "Everything is set up" in text_of(pages.get("setup:checklist"))


def test_the_checklist_says_what_is_missing_and_links_to_it(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    response = pages.get("setup:checklist")
    assert f"Nobody is on a queue of {desk.sector.name}" in text_of(response)
    assert pages.url("queues:detail", desk.queue.pk) in response.content.decode()


def test_a_contributor_sees_the_checklist_without_what_is_a_moderators(desk: Desk) -> None:
    pages = Pages(desk.person(ProjectRole.CONTRIBUTOR), desk.project)
    response = pages.get("setup:checklist")
    assert response.status_code == 200
    assert pages.url("setup:connect") not in response.content.decode()
    assert pages.get("setup:connect").status_code == 403


def test_whoever_configures_begins_at_what_is_missing_then_at_the_desk(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    assert pages.get("setup:start").url == pages.url("setup:checklist")
    desk.agent()
    desk.open_ticket()
    assert pages.get("setup:start").url == pages.url("tickets:desk")


# New sector


def filled(pages: Pages, **more: object) -> dict:
    return pages.typed("setup:sector_new") | {"name": "Support", "timezone": "America/Sao_Paulo", **more}


def test_the_page_comes_with_office_hours_a_queue_and_a_starter_tag(pages: Pages) -> None:
    data = pages.typed("setup:sector_new")
    assert data["opens-0"] == ["08:00"]
    assert "opens-5" not in data
    assert data["queue_name"] == ["General"]
    assert data["tags"][0] == "Resolved"


def test_one_page_makes_sector_hours_queue_agents_managers_and_tags(project: Project, pages: Pages) -> None:
    manager, agent = project_member(project), project_member(project)
    answer = pages.post(
        "setup:sector_new",
        **filled(
            pages, managers=[str(manager.pk)], agents=[str(agent.pk)], active_messages="on", ticket_limit="4",
            tags=["Refund", "Delivery"], queue_name="First line",
        ),
    )  # fmt: skip
    assert answer.status_code == 302, text_of(answer)
    sector = Sector.objects.get(project=project)
    assert answer.url == pages.url("sectors:detail", sector.pk)
    assert (sector.name, sector.timezone, sector.ticket_limit) == ("Support", "America/Sao_Paulo", 4)
    assert sector.active_messages
    assert [len(day) for day in sector.hours.week] == [1, 1, 1, 1, 1, 0, 0]
    assert list(sector.managers.all()) == [manager]
    assert [q.name for q in sector.queues.all()] == ["First line"]
    assert list(sector.queues.get().agents.all()) == [agent]
    assert [t.name for t in sector.tags.order_by("position")] == ["Refund", "Delivery"]


def test_a_refused_form_keeps_everything_typed_and_makes_nothing(project: Project, pages: Pages) -> None:
    agent = project_member(project)
    answer = pages.post(
        "setup:sector_new",
        **filled(
            pages, name="", agents=[str(agent.pk)], queue_name="My queue", tags=["Refund", "Delivery"],
            **{"opens-6": "22:00", "closes-6": "04:30"},
        ),
    )  # fmt: skip
    assert answer.status_code == 422
    markup = answer.content.decode()
    for kept in (
        'value="My queue"',
        'value="Refund"',
        'value="22:00"',
        'value="04:30"',
        f'value="{agent.pk}" selected',
    ):
        assert kept in markup, kept
    assert "data-posted" in markup  # the browser's zone is not proposed over the chosen one
    assert answer.context["form"].errors["name"]
    assert not Sector.objects.filter(project=project).exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"queue_name": "\u200b"}, "queue_name"),
        ({"name": "\u200b"}, "name"),
        ({"ticket_limit": "0"}, "ticket_limit"),
        ({"ticket_limit": "101"}, "ticket_limit"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"tags": ["x" * 61]}, "__all__"),
        ({"tags": ["Same", "sáme"]}, "__all__"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(project: Project, pages: Pages, wrong: dict, field: str) -> None:
    answer = pages.post("setup:sector_new", **filled(pages, **wrong))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Sector.objects.filter(project=project).exists()


def test_hours_that_are_wrong_are_named_in_the_summary_and_lead_to_their_day(project: Project, pages: Pages) -> None:
    answer = pages.post("setup:sector_new", **filled(pages, **{"opens-0": "18:00", "closes-0": "25:61"}))
    assert answer.status_code == 422
    markup = answer.content.decode()
    assert '<a href="#opens-0">Monday: Write times as 08:00 and 18:00.</a>' in markup
    assert 'name="opens-0" id="opens-0" aria-invalid="true"' in markup
    assert not Sector.objects.filter(project=project).exists()


def test_a_viewer_can_be_neither_manager_nor_agent(project: Project, pages: Pages) -> None:
    viewer = project_member(project, ProjectRole.VIEWER)
    for field in ("managers", "agents"):
        answer = pages.post("setup:sector_new", **filled(pages, **{field: [str(viewer.pk)]}))
        assert list(answer.context["form"].errors) == [field]
    assert not Sector.objects.filter(project=project).exists()


def test_a_taken_name_makes_neither_queue_nor_tags(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    answer = pages.post("setup:sector_new", **filled(pages, name=desk.sector.name.upper()))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["name"]
    assert Sector.objects.filter(project=desk.project).count() == 1


def test_a_form_cut_off_anywhere_makes_nothing(project: Project, pages: Pages) -> None:
    data = filled(pages)
    order = ["name", "ticket_limit", "timezone", *[n for n in data if n.startswith(("opens", "closes"))]]
    order += ["queue_name", "tags"]
    for kept in range(len(order) + 1):
        answer = pages.post("setup:sector_new", **{name: data[name] for name in order[:kept]})
        assert answer.status_code == 422, order[:kept]
    assert not Sector.objects.filter(project=project).exists()


@pytest.mark.parametrize(
    "field", ["name", "ticket_limit", "timezone", "managers", "agents", "queue_name", "tags", "opens-0", "closes-3"]
)
def test_nonsense_is_answered_and_never_breaks(pages: Pages, field: str) -> None:
    data = filled(pages)
    for number, value in enumerate(NASTY):
        sent = data | {"name": f"Sector {number}"} | {field: [value]}
        assert pages.post("setup:sector_new", **sent).status_code in {302, 422}, value[:20]


def test_without_tags_the_starter_tag_is_made(project: Project, pages: Pages) -> None:
    assert pages.post("setup:sector_new", **filled(pages, tags=[""])).status_code == 302
    assert [t.name for t in Sector.objects.get(project=project).tags.all()] == ["Resolved"]


def test_who_may_create_sectors(desk: Desk) -> None:
    def status(user: object) -> int:
        return Pages(user, desk.project).get("setup:sector_new").status_code  # type: ignore[arg-type]

    assert status(desk.person(ProjectRole.CONTRIBUTOR)) == 200
    assert status(desk.manager()) == 403
    assert status(desk.agent()) == 403
    assert status(person()) == 404
    assert status(None) == 302


# Connect your flow


def test_a_token_is_shown_once_works_and_is_revoked(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    answer = pages.post("setup:token_create", name="Bot")
    secret = answer.context["secret"]
    assert answer["Cache-Control"] == "no-store"
    assert secret in text_of(answer)
    assert secret not in text_of(pages.get("setup:connect"))
    assert "never used" in text_of(pages.get("setup:connect"))
    token = find_token(secret)
    assert token is not None
    assert (token.project, token.scopes) == (desk.project, ["open"])
    assert "last used" in text_of(pages.get("setup:connect"))
    assert pages.post("setup:token_revoke", token.pk).status_code == 302
    assert find_token(secret) is None
    assert secret[:8] not in text_of(pages.get("setup:connect"))


@override_settings(ORIGIN="https://chats.example.org")
def test_the_page_shows_the_address_and_a_call_to_try(desk: Desk) -> None:
    page = text_of(Pages(desk.administrator, desk.project).get("setup:connect"))
    assert "curl https://chats.example.org/v1/external/rooms/" in page
    assert str(desk.sector.pk) in page


@override_settings(ORIGIN="https://chats.example.org")
def test_for_the_type_generic_the_page_shows_what_a_ticketer_needs(desk: Desk) -> None:
    url = Pages(desk.administrator, desk.project).url("setup:connect")
    client = Client()
    client.force_login(desk.administrator)
    answer = client.get(url, {"type": "generic", "place": str(desk.queue.pk)})
    page = text_of(answer)
    base = f"https://chats.example.org/v1/generic/{desk.queue.pk}"
    for value in (base, secrets_of(desk.project.pk, timezone.now())[0].text):
        assert f'data-copy="{value}"' in answer.content.decode()
    assert f"curl {base}/v1/tickets" in page
    assert "no call received yet" in page
    assert "no-store" in answer["Cache-Control"]


def test_a_test_ticket_says_where_it_went(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    page = text_of(pages.post("setup:test_ticket", sector=str(desk.sector.pk)))
    assert "waits at position 1" in page
    agent = desk.agent_online(limit=2)
    page = text_of(pages.post("setup:test_ticket", sector=str(desk.sector.pk)))
    assert f"is with {agent.name}" in page
    assert Ticket.objects.filter(project=desk.project, source=Source.TEST).count() == 2


def test_outside_hours_a_test_ticket_is_refused_with_the_sentence(desk: Desk) -> None:
    closed = desk.add_sector(always_open=False)
    pages = Pages(desk.administrator, desk.project)
    answer = pages.post("setup:test_ticket", sector=str(closed.pk))
    assert answer.status_code == 422
    assert "closed" in text_of(answer)
    assert not Ticket.objects.filter(project=desk.project).exists()


def test_nonsense_for_tokens_and_test_tickets(desk: Desk, other_desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    for value in [*NASTY, str(other_desk.sector.pk)]:
        assert pages.post("setup:test_ticket", sector=value).status_code == 422, value[:20]
        assert pages.post("setup:token_create", name=value).status_code in {200, 422}, value[:20]
    assert pages.post("setup:test_ticket").status_code == 422
    assert pages.post("setup:token_create").status_code == 422
    assert not Ticket.objects.exists()


def test_another_projects_token_is_not_found(desk: Desk, other_desk: Desk) -> None:
    Pages(other_desk.administrator, other_desk.project).post("setup:token_create", name="Theirs")
    token = ApiToken.objects.get()
    assert Pages(desk.administrator, desk.project).post("setup:token_revoke", token.pk).status_code == 404
    assert not ApiToken.objects.get().revoked_at
