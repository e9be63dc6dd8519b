"""A project with something of each kind, and what tests do with its file."""

from collections.abc import Callable

import yaml

from orgs.access import SYSTEM, Actor
from orgs.models import Project
from queues import operations as queues
from sectors import operations as sectors
from sectors.models import AutomaticMessage, Moment, Sector
from setup.configuration.apply import apply_configuration, difference_of
from setup.configuration.diff import Difference
from setup.configuration.dump import Facts, configuration_of
from setup.configuration.yaml_writer import as_yaml
from tags import operations as tags
from tests.builders import Desk, quick_message, special_day
from tickets.operations import set_service_rules


def enrich(desk: Desk) -> None:
    """Give a desk something of each kind of set-up, odd names and archived things among them."""
    agent, manager = desk.agent(), desk.manager()
    week = [[(480, 720), (780, 1080)], [], [], [], [(1320, 1800)], [], [(0, 1440)]]
    sectors.update_sector(
        desk.sector, by=desk.by(), week=week, always_open=False, ticket_limit=7, timezone="America/Lima"
    )
    sectors.set_agent_limits(desk.sector, {agent: 9, manager: 1}, by=desk.by())
    queues.create_queue(desk.sector, "Ação: “yes” # no", by=desk.by(), agents=[agent], on_hold=True, max_waiting=0)
    queues.archive_queue(desk.add_queue("Old line"), by=desk.by())
    special_day(desk, label="New year", yearly=True)
    special_day(desk, ranges=((60, 120), (600, 1500)))
    quick_message(desk, "hello", "Hello {{contact.name}},\n\t“how” are you: ☃?  \u2028 there")
    AutomaticMessage.objects.create(sector=desk.sector, moment=Moment.OPENING, text="Hello\nthere")
    Sector.objects.filter(pk=desk.sector.pk).update(waiting_every=10)
    tags.change_tag(desk.tags[0], by=desk.by(), color="red", description="- all: of it")
    tags.archive_tag(tags.add_tags(desk.sector, ["Old tag"], by=desk.by())[0], by=desk.by())
    tags.tag_for_flow(desk.sector)
    set_service_rules(
        desk.sector, by=desk.by(), warn_after=5, warn_text="Are you: there?", close_after=9, close_tag=desk.tags[1]
    )
    desk.add_sector(name="null", always_open=False)
    sectors.archive_sector(desk.add_sector(name="Old sector"), by=desk.by())


def file_of(project: Project) -> str:
    """Return the project's file."""
    return as_yaml(configuration_of(project))


def edited(project: Project, edit: Callable[[list[Facts]], object]) -> str:
    """Return the project's file after somebody edited its sectors."""
    facts = yaml.safe_load(file_of(project))["sectors"]
    edit(facts)
    return as_yaml(facts)


def take_over(project: Project, file: str, by: Actor = SYSTEM) -> Difference:
    """Apply a file as it is shown, and hold that it says afterwards what it said before."""
    shown = difference_of(project, file, by=by)
    assert list(shown.problems) == []
    done = apply_configuration(project, file, by=by, fingerprint=shown.fingerprint)
    assert difference_of(project, file, by=by).empty
    return done


def said(difference: Difference) -> list[str]:
    """Return the problems as lines."""
    return [f"{one.path}@{one.line}: {one.sentence}" for one in difference.problems]


def summary(difference: Difference) -> list[str]:
    """Return what a difference shows, a line each."""
    found = []
    for sector in difference.sectors:
        fields = [f"{one.field}: {one.before!r} → {one.after!r}" for one in sector.fields]
        if sector.fields or sector.kind != "changed":
            found.append(" ".join([f"{sector.kind} sector {sector.name}", *fields]))
        for part in sector.parts:
            for change in part.changes:
                fields = [f"{one.field}: {one.before!r} → {one.after!r}" for one in change.fields]
                found.append(" ".join([f"{change.kind} {change.what} {change.name}", *fields]))
            if part.order:
                found.append(f"order {', '.join(part.order)}")
    if difference.order:
        found.append(f"order {', '.join(difference.order)}")
    return found
