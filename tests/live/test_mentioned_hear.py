"""Who sees a ticket by a mention hears of it like others who see it, for as long (docs/rules.md, Visibility)."""

from tests.builders import Desk, put_on, take_off
from tests.live.tools import Line
from tickets import operations


def test_mentioned_colleagues_hear_every_line_while_they_are_on_the_queue(line: Line) -> None:
    desk = Desk.set_up()
    ana, bruno, carla = desk.agent_online(limit=5), desk.agent(), desk.agent()
    ticket, other = desk.open_ticket(), desk.open_ticket()

    def told(user, kind: str) -> list[str]:
        topic = f"agent:{desk.project.pk}:{user.pk}"
        return [event["i"]["ticket"] for event in line.events() if event["k"] == kind and topic in event["t"]]

    line.events()
    desk.message(ticket)
    assert told(bruno, "message") == []
    operations.add_note(ticket.pk, "Look", by=desk.by(ana), mentions=[bruno.pk])
    # The note itself, by which the ticket came into sight.
    assert told(bruno, "message") == [str(ticket.pk)]
    for happens in (
        lambda: desk.message(ticket),
        lambda: desk.reply(ticket, ana),
        lambda: operations.add_note(ticket.pk, "And", by=desk.by(bruno)),
    ):
        happens()
        assert told(bruno, "message") == [str(ticket.pk)]
    operations.mark_viewing(ticket.pk, by=desk.by(ana))
    assert told(bruno, "presence") == [str(ticket.pk)]
    desk.message(ticket)
    assert told(carla, "message") == []
    desk.message(other)
    assert told(bruno, "message") == []

    take_off(desk.queue, bruno)
    desk.message(ticket)
    assert told(bruno, "message") == []
    put_on(desk.queue, bruno)
    desk.message(ticket)
    assert told(bruno, "message") == [str(ticket.pk)]

    # After closing too, and no more where the ticket goes to a queue that is not theirs.
    desk.close(ticket)
    line.events()
    operations.retag(ticket.pk, by=desk.by(), tag_ids=[desk.tags[1].pk])
    assert told(bruno, "ticket") == [str(ticket.pk)]
    operations.add_note(other.pk, "Look", by=desk.by(ana), mentions=[bruno.pk])
    elsewhere = desk.add_queue()
    operations.transfer_to_queue(other.pk, elsewhere, by=desk.by(ana))
    operations.take(other.pk, by=desk.by())
    line.events()
    desk.message(other)
    assert told(bruno, "message") == []
