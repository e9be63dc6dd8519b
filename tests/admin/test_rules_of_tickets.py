"""The rules of tags, quick messages, tickets, deliveries and tokens, tried through the back office."""

import re
from typing import Any

import pytest
from django.contrib import admin

from orgs import operations as orgs
from orgs.models import (
    ApiToken,
)
from queues.models import PauseReason, Queue
from sectors import operations as sectors
from sectors.models import QuickMessage
from tags import operations as tags
from tags.models import Tag
from tests.builders import Desk, fresh, organization_with
from tickets.models import Delivery, DeliveryState, Message, SweepCatch, Ticket

from .conftest import Office, errors_of, last_entry, messages_of


def test_tags_are_added_and_changed_like_on_the_pages(desk: Desk, office: Office) -> None:
    add = office.add_url(Tag)
    assert office.save(add, sector=desk.sector.pk, name="Bug", color="red").status_code == 302
    tag = Tag.objects.get(name="Bug")
    assert "already has a tag" in errors_of(office.save(add, sector=desk.sector.pk, name="BUG"))
    assert "valid choice" in errors_of(office.save(office.change_url(tag), color="plaid"))
    assert office.save(office.change_url(tag), name="Fault").status_code == 302
    assert last_entry().action == "tag.changed"


def test_the_last_tag_stays(desk: Desk, office: Office) -> None:
    office.act("archive", *desk.tags)
    assert Tag.objects.live().filter(sector=desk.sector).count() == 1


def test_the_flows_own_tag_is_the_programs(desk: Desk, office: Office) -> None:
    tag = tags.tag_for_flow(desk.sector)
    assert office.client.post(office.change_url(tag), {"name": "x"}).status_code == 403


def test_a_merged_tag_does_not_come_back(desk: Desk, office: Office) -> None:
    source, into = desk.tags
    tags.merge_tags(source, into, by=desk.by())
    assert "merged into another" in messages_of(office.act("restore", source))


def test_pause_reasons(desk: Desk, office: Office) -> None:
    add = office.add_url(PauseReason)
    assert "from 1 to 1440" in errors_of(office.save(add, project=desk.project.pk, name="Lunch", daily_minutes=1441))
    assert office.save(add, project=desk.project.pk, name="Lunch", daily_minutes=30).status_code == 302
    reason = PauseReason.objects.get(name="Lunch")
    office.act("archive", reason)
    assert office.client.post(office.change_url(reason), {"name": "x"}).status_code == 403
    office.act("restore", reason)
    assert office.save(office.change_url(reason), daily_minutes="").status_code == 302
    reason.refresh_from_db()
    assert (reason.archived_at, reason.daily_minutes) == (None, None)


def test_quick_messages_of_sectors_and_nobodys_own(desk: Desk, office: Office) -> None:
    agent = desk.agent()
    [own] = sectors.add_quick_messages(
        desk.project, [sectors.QuickText("mine", "Private")], by=desk.by(agent), user=agent
    )
    assert office.client.get(office.change_url(own)).status_code == 302
    assert "Private" not in office.client.get(office.list_url(QuickMessage)).content.decode()
    office.act("remove", own)
    assert QuickMessage.objects.filter(pk=own.pk).exists()
    add = office.add_url(QuickMessage)
    answer = office.save(add, sector=desk.sector.pk, shortcut="two words", text="Hello")
    assert "one word" in errors_of(answer)
    answer = office.save(add, sector=desk.sector.pk, shortcut="hi", text="Hello {{nobody}}")
    assert "no such variables" in errors_of(answer)
    assert office.save(add, sector=desk.sector.pk, shortcut="hi", text="Hello").status_code == 302
    made = QuickMessage.objects.get(shortcut="hi")
    assert office.save(office.change_url(made), text="Good day").status_code == 302
    assert "What was sent with it stays" in office.act("remove", made, confirm=False).content.decode()
    office.act("remove", made)
    assert not QuickMessage.objects.filter(pk=made.pk).exists()


# Tickets, deliveries, tokens


def test_a_ticket_can_only_be_looked_at(desk: Desk, office: Office) -> None:
    """Neither closed without a tag, nor given to somebody over the limit, nor changed at all."""
    ticket = desk.open_ticket()
    url = office.change_url(ticket)
    for data in ({"status": "closed"}, {"agent": str(desk.agent().pk), "status": "active"}):
        assert office.client.post(url, data).status_code == 403
        assert office.client.get(url, data).status_code == 200
    assert fresh(ticket).is_waiting
    for model in (Message, Delivery, SweepCatch):
        assert model not in admin.site._registry or not admin.site._registry[model].has_add_permission(None)


def test_a_ticket_shows_its_conversation(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, agent)
    desk.close(ticket, by=agent, tags=desk.tags[:1])
    text = office.client.get(office.change_url(ticket)).content.decode()
    message = Message.objects.get(ticket=ticket, kind="agent")
    assert message.text in text
    assert desk.tags[0].name in text
    assert agent.name in text


@pytest.mark.parametrize(
    ("address", "shown"), [("http://[x", "–"), ("https://a:b@Flow.example.org/c", "flow.example.org")]
)
def test_of_a_callback_address_its_host_is_shown(desk: Desk, office: Office, address: str, shown: str) -> None:
    page = office.client.get(office.change_url(desk.open_ticket(callback_url=address))).content.decode()
    [text] = re.findall(r'field-callbacks.*?<div class="readonly">(.*?)</div>', page, re.DOTALL)
    assert text == shown


def failed(ticket: Ticket) -> None:
    Delivery.objects.filter(ticket=ticket).update(state=DeliveryState.FAILED, attempts=9, last_error="no route")
    Message.objects.filter(ticket=ticket, kind="agent").update(delivery=DeliveryState.FAILED)


def test_what_did_not_arrive_is_sent_again(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flow.example.org/")
    desk.reply(ticket, agent)
    desk.close(ticket, by=agent, tags=desk.tags[:1])
    failed(ticket)
    rows = list(Delivery.objects.filter(ticket=ticket))
    assert {row.kind for row in rows} == {"msg.create", "room.update"}
    assert "Send again" in messages_of(office.act("send_again", *rows))
    assert set(Delivery.objects.values_list("state", "attempts", "last_error")) == {("sending", 0, "")}
    assert Message.objects.get(ticket=ticket, kind="agent").delivery == "sending"
    # What is on its way, or has arrived, is left alone.
    Delivery.objects.update(state=DeliveryState.SENT, attempts=3)
    office.act("send_again", *rows)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 3)}


def test_a_token_is_revoked_and_never_made_or_shown(desk: Desk, office: Office) -> None:
    token, secret = orgs.create_token("Flow", by=desk.by(), scopes=["open"], project=desk.project)
    everywhere, _secret = orgs.create_token("All", by=orgs_system(), scopes=["administer"])
    assert office.client.get(office.add_url(ApiToken)).status_code == 403
    assert office.client.post(office.change_url(token), {"revoked_at": ""}).status_code == 403
    text = office.client.get(office.change_url(token)).content.decode()
    assert secret not in text
    assert token.token_hash not in text
    office.act("revoke", token, everywhere)
    assert not ApiToken.objects.usable().exists()
    assert last_entry().actor == office.operator


def orgs_system() -> Any:
    from orgs.access import SYSTEM

    return SYSTEM


def test_an_invitation_is_revoked(desk: Desk, office: Office) -> None:
    _membership, invitation, secret = orgs.add_by_email(
        desk.project.organization, "new@example.org", "viewer", by=desk.by()
    )
    assert invitation is not None
    office.act("revoke", invitation)
    with pytest.raises(orgs.InvitationUnusable):
        orgs.usable_invitation(secret)


def test_at_most_a_hundred_at_once(desk: Desk, office: Office) -> None:
    tags.add_tags(desk.sector, [f"Tag {n}" for n in range(120)], by=desk.by())
    answer = office.act("archive", desk.tags[0], select_across="1", index="0")
    assert "at most 100" in messages_of(answer)
    assert not Tag.objects.archived().exists()


def test_an_action_that_is_not_offered_does_nothing(desk: Desk, office: Office) -> None:
    for action in ("delete_selected", "delete", "nothing", "__class__"):
        office.act(action, desk.queue, desk.add_queue())
    assert Queue.objects.live().filter(sector=desk.sector).count() == 5


def test_an_organization_of_others_is_as_near(office: Office) -> None:
    organization = organization_with()
    assert office.save(office.change_url(organization), name="Renamed").status_code == 302
    assert (last_entry().organization, last_entry().actor) == (organization, office.operator)
