"""What is done to queues, tags and their order, for the audit log."""

from functools import partial

from queues import operations as queues
from sectors import operations as sectors
from tags import operations as tags
from tests.builders import Desk

from .audit_cases import Case, case_of

# Queues and tags


@case_of(sectors.set_agent_limits)
def _(desk: Desk) -> Case:
    change = partial(sectors.set_agent_limits, desk.sector, {desk.agent(): 5}, by=desk.by())
    return Case(change, ["sector.changed"], change)


@case_of(sectors.set_automatic_messages)
def _(desk: Desk) -> Case:
    change = partial(
        sectors.set_automatic_messages, desk.sector, {"opening": "Welcome"}, by=desk.by(), waiting_every=5
    )
    return Case(change, ["sector.changed"], change)


@case_of(queues.move_queue)
def _(desk: Desk) -> Case:
    desk.add_queue("Another")
    move = partial(queues.move_queue, desk.queue, "last", by=desk.by())
    return Case(move, ["queue.moved"], move)


@case_of(sectors.move_sector)
def _(desk: Desk) -> Case:
    desk.add_sector()
    move = partial(sectors.move_sector, desk.sector, "last", by=desk.by())
    return Case(move, ["sector.moved"], move)


@case_of(queues.add_pause_reason)
def _(desk: Desk) -> Case:
    return Case(
        lambda: queues.add_pause_reason(desk.project, "Lunch", daily_minutes=60, by=desk.by()), ["pause_reason.added"]
    )


@case_of(queues.change_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    change = partial(queues.change_pause_reason, row, by=desk.by(), name="Meal", daily_minutes=45)
    return Case(change, ["pause_reason.changed"], change)


@case_of(queues.archive_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    archive = partial(queues.archive_pause_reason, row, by=desk.by())
    return Case(archive, ["pause_reason.archived"], archive)


@case_of(queues.restore_pause_reason)
def _(desk: Desk) -> Case:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    queues.archive_pause_reason(row, by=desk.by())
    restore = partial(queues.restore_pause_reason, row, by=desk.by())
    return Case(restore, ["pause_reason.restored"], restore)


@case_of(queues.create_queue)
def _(desk: Desk) -> Case:
    return Case(lambda: queues.create_queue(desk.sector, "New", by=desk.by()), ["queue.created"])


@case_of(queues.update_queue)
def _(desk: Desk) -> Case:
    agent = desk.person()

    def do() -> None:
        queues.update_queue(desk.queue, by=desk.by(), name="Another", agents=[agent])

    return Case(do, ["queue.changed"], do)


@case_of(queues.archive_queue)
def _(desk: Desk) -> Case:
    desk.add_queue()

    def do() -> None:
        queues.archive_queue(desk.queue, by=desk.by())

    return Case(do, ["queue.archived"], do)


@case_of(queues.restore_queue)
def _(desk: Desk) -> Case:
    desk.add_queue()
    queues.archive_queue(desk.queue, by=desk.by())

    def do() -> None:
        queues.restore_queue(desk.queue, by=desk.by())

    return Case(do, ["queue.restored"], do)


@case_of(tags.add_tags)
def _(desk: Desk) -> Case:
    return Case(lambda: tags.add_tags(desk.sector, ["One", "Two"], by=desk.by()), ["tag.created", "tag.created"])


@case_of(tags.change_tag)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.change_tag(desk.tags[0], name="Another", by=desk.by())

    return Case(do, ["tag.changed"], do)


@case_of(tags.merge_tags)
def _(desk: Desk) -> Case:
    return Case(lambda: tags.merge_tags(*desk.tags, by=desk.by()), ["tag.merged"])


@case_of(tags.move_tag)
def _(desk: Desk) -> Case:
    move = partial(tags.move_tag, desk.tags[0], "last", by=desk.by())
    return Case(move, ["tag.moved"], move)


@case_of(tags.order_tags_by_use)
def _(desk: Desk) -> Case:
    desk.close(desk.open_ticket(), tags=[desk.tags[1]])
    order = partial(tags.order_tags_by_use, desk.sector, by=desk.by())
    return Case(order, ["tags.ordered_by_use"], order)


@case_of(tags.import_tags)
def _(desk: Desk) -> Case:
    add = partial(tags.import_tags, desk.sector, "One; Two", by=desk.by())
    return Case(add, ["tag.created", "tag.created"], add)


@case_of(tags.archive_tag)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.archive_tag(desk.tags[0], by=desk.by())

    return Case(do, ["tag.archived"], do)


@case_of(tags.restore_tag)
def _(desk: Desk) -> Case:
    tags.archive_tag(desk.tags[0], by=desk.by())

    def do() -> None:
        tags.restore_tag(desk.tags[0], by=desk.by())

    return Case(do, ["tag.restored"], do)


@case_of(queues.create_queues)
def _(desk: Desk) -> Case:
    new = [queues.NewQueue("A", (desk.agent(),)), queues.NewQueue("B")]
    return Case(lambda: queues.create_queues(desk.sector, new, by=desk.by()), ["queue.created"] * 2)


# Orders


@case_of(sectors.order_sectors)
def _(desk: Desk) -> Case:
    other = desk.add_sector()

    def do() -> None:
        sectors.order_sectors(desk.project, [other.pk, desk.sector.pk], by=desk.by())

    return Case(do, ["sectors.ordered"], do)


@case_of(queues.order_queues)
def _(desk: Desk) -> Case:
    other = desk.add_queue()

    def do() -> None:
        queues.order_queues(desk.sector, [other.pk, desk.queue.pk], by=desk.by())

    return Case(do, ["queues.ordered"], do)


@case_of(tags.order_tags)
def _(desk: Desk) -> Case:
    def do() -> None:
        tags.order_tags(desk.sector, [tag.pk for tag in reversed(desk.tags)], by=desk.by())

    return Case(do, ["tags.ordered"], do)
