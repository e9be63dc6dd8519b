"""What a member sees (docs/rules.md, Visibility)."""

from orgs.models import OrganizationRole, ProjectRole
from queues.models import Queue, Status
from sectors.models import Sector
from tests.builders import Desk, organization_member, put_on, take_off
from tickets import operations
from tickets.live_events import topics_of
from tickets.models import Ticket


def seen_by(desk: Desk, user) -> set:
    return set(Ticket.objects.visible_to(desk.member(user)).values_list("pk", flat=True))


def ids(*tickets: Ticket) -> set:
    return {t.pk for t in tickets}


def test_who_configures_sees_the_whole_project_and_nothing_else(desk: Desk, other_desk: Desk) -> None:
    mine = [desk.open_ticket(), desk.open_ticket(sector=desk.add_sector()), desk.closed_ticket()]
    other_desk.open_ticket()
    second_office = organization_member(desk.project.organization, OrganizationRole.ADMINISTRATOR)
    for user in (
        desk.administrator,
        second_office,
        desk.person(ProjectRole.MODERATOR),
        desk.person(ProjectRole.CONTRIBUTOR),
    ):
        assert seen_by(desk, user) == ids(*mine)


def test_a_manager_sees_the_sectors_managed(desk: Desk) -> None:
    manager, other = desk.manager(), desk.add_sector()
    here = [desk.open_ticket(), desk.closed_ticket()]
    desk.open_ticket(sector=other)
    assert seen_by(desk, manager) == ids(*here)
    elsewhere = desk.manager(other)
    assert not seen_by(desk, elsewhere) & ids(*here)


def test_an_agent_sees_own_tickets_the_own_line_and_the_own_past(desk: Desk) -> None:
    second = desk.add_queue()
    agent, colleague = desk.agent_online(limit=2), desk.agent_online()
    mine, theirs = desk.open_ticket(), desk.open_ticket()
    assert (mine.agent, theirs.agent) == (agent, colleague)
    past, past_of_theirs = desk.open_ticket(), desk.open_ticket()
    desk.close(past)
    desk.close(past_of_theirs)
    for user in (agent, colleague):
        desk.status(user, Status.PAUSED)
    waiting, waiting_elsewhere = desk.open_ticket(), desk.open_ticket(queue=second)
    assert seen_by(desk, agent) == ids(mine, past, waiting)
    assert waiting_elsewhere.pk not in seen_by(desk, agent)


def test_a_ticket_handed_on_is_seen_again_when_it_is_over(desk: Desk) -> None:
    agent, colleague = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    operations.transfer_to_agent(ticket.pk, colleague, by=desk.by(agent))
    assert seen_by(desk, agent) == set()
    desk.close(ticket)
    assert seen_by(desk, agent) == ids(ticket)


def test_a_ticket_is_seen_once_however_many_reasons_there_are(desk: Desk) -> None:
    manager = desk.manager()
    other = desk.add_queue()
    put_on(desk.queue, manager)
    put_on(other, manager)
    desk.status(manager, Status.ONLINE)
    ticket = desk.open_ticket()
    operations.transfer_to_queue(ticket.pk, other, by=desk.by(manager))
    desk.close(ticket)
    found = Ticket.objects.visible_to(desk.member(manager))
    assert [t.pk for t in found] == [ticket.pk]


def test_a_viewer_sees_nothing(desk: Desk) -> None:
    desk.open_ticket()
    assert seen_by(desk, desk.person(ProjectRole.VIEWER)) == set()


def test_a_viewer_who_was_an_agent_sees_nothing_of_the_past_either(desk: Desk) -> None:
    from orgs import operations as orgs
    from orgs.models import ProjectMembership

    agent = desk.agent_online()
    desk.closed_ticket(by=agent)
    membership = ProjectMembership.objects.get(project=desk.project, user=agent)
    orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by())
    assert seen_by(desk, agent) == set()


def test_a_person_of_two_projects_sees_each_by_itself(desk: Desk, other_desk: Desk) -> None:
    from tests.builders import project_member

    agent = desk.agent_online()
    here = desk.open_ticket()
    project_member(other_desk.project, user=agent)
    put_on(other_desk.queue, agent)
    there = other_desk.open_ticket()
    assert seen_by(desk, agent) == ids(here)
    assert seen_by(other_desk, agent) == ids(there)


def test_an_agent_off_the_queue_no_longer_sees_its_line(desk: Desk) -> None:
    agent = desk.agent()
    desk.open_ticket()
    take_off(desk.queue, agent)
    assert seen_by(desk, agent) == set()


def test_lines_and_sectors_that_may_be_seen(desk: Desk) -> None:
    second, other = desk.add_queue(), desk.add_sector()
    agent, manager, viewer = desk.agent(), desk.manager(), desk.person(ProjectRole.VIEWER)

    def queues(user) -> set:
        return set(Queue.objects.visible_to(desk.member(user)))

    def sectors(user) -> set:
        return set(Sector.objects.configurable_by(desk.member(user)))

    assert queues(desk.administrator) == {desk.queue, second, other.queues.get()}
    assert queues(manager) == {desk.queue, second}
    assert queues(agent) == {desk.queue}
    assert queues(viewer) == set()
    assert sectors(desk.administrator) == {desk.sector, other}
    assert sectors(manager) == {desk.sector}
    assert sectors(agent) == sectors(viewer) == set()


def test_live_topics_follow_the_same_rule(desk: Desk) -> None:
    agent, manager, viewer = desk.agent(), desk.manager(), desk.person(ProjectRole.VIEWER)
    project = desk.project.pk
    topics = {user: topics_of(desk.member(user)) for user in (agent, manager, viewer)}
    assert topics[viewer] == frozenset()
    assert topics[agent] == {f"user:{agent.pk}", f"agent:{project}:{agent.pk}", f"queue:{desk.queue.pk}"}
    assert f"sector:{desk.sector.pk}" in topics[manager]
    assert f"project:{project}" not in topics[manager]
    assert f"project:{project}" in topics_of(desk.member(desk.administrator))


def test_an_anonymous_contacts_urn_is_shown_to_nobody(desk: Desk) -> None:
    assert desk.open_ticket(is_anon=True).urn_to_show == ""
    assert desk.open_ticket().urn_to_show.startswith("test:")
