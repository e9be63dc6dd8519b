"""Who may hear what: the project's own rule behind the stream."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from live.asgi import EventStream, NotSignedIn, Subscription
from live.hub import Hub
from orgs import operations as orgs
from orgs.models import ProjectRole, User
from queues.models import AgentStatus
from tests.builders import Desk, project_member, put_on, second_factor
from tests.live.tools import NEVER, QUICK, Line, browsing, in_thread, play, scope_of, until
from tickets import live_events, operations
from weni_chats.live_access import authorize, seen


def topics(user: User, desk: Desk) -> frozenset[str]:
    """What the person hears."""
    subscription = authorize(scope_of(user, desk))
    assert subscription is not None
    return subscription.topics


def test_each_hears_what_they_may_see(desk: Desk) -> None:
    project, sector, queue = desk.project, desk.sector, desk.queue
    agent, manager, viewer = desk.agent(), desk.manager(), desk.person(ProjectRole.VIEWER)
    everybody = {f"agent:{project.pk}:{{}}", "user:{}"}
    of = lambda user: {topic.format(user.pk) for topic in everybody}  # noqa: E731
    assert topics(agent, desk) == of(agent) | {f"queue:{queue.pk}"}
    assert topics(manager, desk) == of(manager) | {f"sector:{sector.pk}"}
    assert topics(desk.administrator, desk) == of(desk.administrator) | {f"project:{project.pk}"}
    assert authorize(scope_of(viewer, desk)) is None


def test_a_stranger_hears_nothing_and_not_that_the_project_exists(desk: Desk, other_desk: Desk) -> None:
    assert authorize(scope_of(other_desk.administrator, desk)) is None
    assert authorize(scope_of(desk.administrator, desk, live_project=uuid4())) is None


@pytest.mark.parametrize("cookie", [b"", b"sessionid", b"sessionid=", b"sessionid=\xff\x00'", b"=;;=", b"x" * 9000])
def test_nobody_signed_in(desk: Desk, cookie: bytes) -> None:
    for headers in ([], [(b"cookie", cookie.replace(b"sessionid", settings.SESSION_COOKIE_NAME.encode()))]):
        with pytest.raises(NotSignedIn):
            authorize(scope_of(None, desk, headers=headers))


def open_subscription(user: User, desk: Desk) -> tuple[Client, Subscription]:
    """A subscription and the browser it belongs to."""
    client = Client()
    client.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    subscription = authorize(scope_of(None, desk, headers=[(b"cookie", cookie.encode())]))
    assert subscription is not None
    return client, subscription


def test_asked_again_it_follows_queues_and_removal(desk: Desk) -> None:
    agent = desk.agent()
    _, subscription = open_subscription(agent, desk)
    other = desk.add_queue()
    put_on(other, agent)
    assert subscription.recheck() == subscription.topics | {f"queue:{other.pk}"}
    desk.remove(agent)
    assert subscription.recheck() is None


def test_signing_out_changing_the_password_and_deactivation_end_it(desk: Desk) -> None:
    agent = desk.agent()
    client, subscription = open_subscription(agent, desk)
    client.logout()
    assert subscription.recheck() is None

    _, subscription = open_subscription(agent, desk)
    agent.set_password("another one entirely")
    agent.save()
    assert subscription.recheck() is None

    _, subscription = open_subscription(agent, desk)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert subscription.recheck() is None


def test_a_sign_of_life_keeps_the_agent_online(desk: Desk) -> None:
    agent = desk.agent_online()
    long_ago = timezone.now() - timezone.timedelta(minutes=5)
    AgentStatus.objects.filter(user=agent).update(seen_at=long_ago)
    _, subscription = open_subscription(agent, desk)
    seen(subscription)
    assert AgentStatus.objects.get(user=agent).seen_at > long_ago


@pytest.fixture
def real_desk(transactional_db: None) -> Iterator[Desk]:
    """A desk that other connections can see."""
    return Desk.set_up()


def test_a_removed_agents_stream_ends_at_once(real_desk: Desk) -> None:
    desk = real_desk
    agent = desk.agent()
    scope = scope_of(agent, desk)
    app = EventStream(lambda _: authorize(scope), pace=NEVER, hub=Hub(timing=QUICK))

    async def story() -> None:
        async with browsing(app, f"/live/{desk.project.pk}/") as browser:
            await in_thread(desk.open_ticket)
            await until(lambda: "ticket" in browser.kinds)
            await in_thread(desk.remove, agent)
            await until(lambda: browser.ended)
            assert browser.kinds[-1] == "gone"
        await app.close()

    play(story())


def test_an_agent_put_on_another_queue_hears_it_without_a_new_stream(real_desk: Desk) -> None:
    desk = real_desk
    agent, other = desk.agent(), desk.add_queue()
    scope = scope_of(agent, desk)
    app = EventStream(lambda _: authorize(scope), pace=NEVER, hub=Hub(timing=QUICK))

    async def story() -> None:
        async with browsing(app, f"/live/{desk.project.pk}/") as browser:
            await in_thread(put_on, other, agent)
            await until(lambda: "access" in browser.kinds)
            ticket = await in_thread(desk.open_ticket, queue=other)
            await until(lambda: ("ticket", str(ticket.pk)) in told(browser))
        await app.close()

    def told(browser: Any) -> list[tuple[str, str]]:
        return [(kind, ids.get("ticket", "")) for kind, ids in browser.events]

    play(story())


def test_topics_are_those_that_are_published_to(desk: Desk) -> None:
    agent = desk.agent()
    assert topics(agent, desk) == live_events.topics_of(desk.member(agent))


def test_a_project_member_of_another_project_is_a_stranger(desk: Desk, other_desk: Desk) -> None:
    both = project_member(other_desk.project, user=desk.agent())
    assert f"queue:{desk.queue.pk}" not in topics(both, other_desk)


def test_who_hears_a_ticket_hears_who_looks_at_it_once_for_each_change(line: Line) -> None:
    desk = Desk.set_up()
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket()
    line.events()

    def heard(writing: bool = False) -> list[dict[str, Any]]:
        operations.mark_viewing(ticket.pk, by=desk.by(manager), writing=writing)
        return line.events()

    [came] = heard()
    assert (came["k"], came["i"]) == ("presence", {"ticket": str(ticket.pk)})
    assert set(came["t"]) == {
        f"project:{desk.project.pk}", f"sector:{desk.sector.pk}", f"agent:{desk.project.pk}:{agent.pk}",
    }  # fmt: skip
    # There still, writing, writing still, stopped: only what changes is told.
    assert [len(heard(writing)) for writing in (False, True, True, False)] == [0, 1, 0, 1]
    operations.stop_viewing(ticket.pk, by=desk.by(manager))
    assert len(line.events()) == 1
    operations.stop_viewing(ticket.pk, by=desk.by(manager))
    assert line.events() == []


def test_a_stream_ends_with_the_second_step_that_let_it_in(real_desk: Desk) -> None:
    desk = real_desk
    agent = desk.agent()
    for user in (agent, desk.administrator):
        second_factor(user)
    orgs.require_two_factors(desk.project.organization, True, by=desk.by())
    scope = scope_of(agent, desk)
    app = EventStream(lambda _: authorize(scope), pace=NEVER, hub=Hub(timing=QUICK))

    async def story() -> None:
        async with browsing(app, f"/live/{desk.project.pk}/") as browser:
            await in_thread(Authenticator.objects.filter(user=agent).delete)
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready", "gone"]
        await app.close()

    play(story())
