"""Database triggers: closing, live places, queues on hold or full, tags in use, mentions."""

from core.triggers import Rule, Trigger

_OPEN = "NEW.status <> 'closed'"

# Deferred, so that a ticket can be closed before its tags are written in the same transaction. Removing tags
# locks the ticket, which serializes concurrent removals.
TICKET_CLOSED_HAS_TAG = Rule(
    "tickets_closed_has_tag",
    """
    DECLARE ticket uuid;
    BEGIN
      IF TG_TABLE_NAME = 'tickets_ticket' THEN
        ticket := NEW.id;
      ELSE
        ticket := OLD.ticket_id;
        PERFORM 1 FROM tickets_ticket WHERE id = ticket FOR NO KEY UPDATE;
      END IF;
      IF EXISTS (SELECT 1 FROM tickets_ticket WHERE id = ticket AND status = 'closed')
         AND NOT EXISTS (SELECT 1 FROM tickets_tickettag WHERE ticket_id = ticket) THEN
        RAISE EXCEPTION 'a closed ticket has at least one tag'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_closed_has_tag';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "ticket_closed_has_tag",
        "tickets_ticket",
        "AFTER INSERT OR UPDATE OF status",
        when="NEW.status = 'closed'",
        deferred=True,
    ),
    Trigger("ticket_closed_has_tag", "tickets_tickettag", "AFTER DELETE OR UPDATE OF ticket_id", deferred=True),
)

TICKET_CLOSED_IS_FINAL = Rule(
    "tickets_closed_is_final",
    """
    BEGIN
      RAISE EXCEPTION 'a closed ticket is not opened again'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_closed_is_final';
    END """,
    Trigger(
        "ticket_closed_is_final",
        "tickets_ticket",
        "BEFORE UPDATE OF status",
        when="OLD.status = 'closed' AND NEW.status <> 'closed'",
    ),
)

# An open ticket is in a live queue of a live sector: neither can be archived meanwhile.
PLACE_HAS_OPEN_TICKETS = Rule(
    "tickets_keep_place",
    """
    BEGIN
      IF TG_TABLE_NAME = 'queues_queue' THEN
        IF EXISTS (SELECT 1 FROM tickets_ticket WHERE queue_id = NEW.id AND status <> 'closed') THEN
          RAISE EXCEPTION 'the queue has open tickets'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_has_open_tickets';
        END IF;
      ELSIF EXISTS (SELECT 1 FROM tickets_ticket WHERE sector_id = NEW.id AND status <> 'closed') THEN
        RAISE EXCEPTION 'the sector has open tickets'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_has_open_tickets';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "queue_has_open_tickets", "queues_queue", "AFTER UPDATE OF archived_at", when="NEW.archived_at IS NOT NULL"
    ),
    Trigger(
        "sector_has_open_tickets", "sectors_sector", "AFTER UPDATE OF archived_at", when="NEW.archived_at IS NOT NULL"
    ),
)

# The converse: no open ticket enters an archived queue or sector. The share locks serialize this with a
# concurrent archiving (queue before sector, as archiving takes them); the operations already hold the
# sector's lock and never wait here.
TICKET_PLACE_IS_LIVE = Rule(
    "tickets_place_is_live",
    """
    BEGIN
      PERFORM 1 FROM queues_queue WHERE id = NEW.queue_id AND archived_at IS NULL FOR SHARE;
      IF FOUND THEN
        PERFORM 1 FROM sectors_sector WHERE id = NEW.sector_id AND archived_at IS NULL FOR SHARE;
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'an open ticket is in a live queue of a live sector'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_place_is_live';
      END IF;
      RETURN NULL;
    END """,
    Trigger("ticket_place_is_live", "tickets_ticket", "AFTER INSERT", when=_OPEN),
    Trigger(
        "ticket_place_is_live_still",
        "tickets_ticket",
        "AFTER UPDATE OF queue_id, sector_id",
        when=f"{_OPEN} AND (NEW.queue_id <> OLD.queue_id OR NEW.sector_id <> OLD.sector_id)",
    ),
)

# An archived project has no open ticket, whichever of the two changes last: this trigger and the next.
PROJECT_HAS_OPEN_TICKETS = Rule(
    "tickets_keep_project",
    """
    BEGIN
      IF EXISTS (SELECT 1 FROM tickets_ticket WHERE project_id = NEW.id AND status <> 'closed') THEN
        RAISE EXCEPTION 'the project has open tickets'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'project_has_open_tickets';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "project_has_open_tickets", "orgs_project", "AFTER UPDATE OF archived_at", when="NEW.archived_at IS NOT NULL"
    ),
)

TICKET_PROJECT_IS_LIVE = Rule(
    "tickets_project_is_live",
    """
    BEGIN
      -- The share lock makes this and an archiving at the same moment follow one another.
      PERFORM 1 FROM orgs_project WHERE id = NEW.project_id AND archived_at IS NULL FOR SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'an open ticket is in a live project'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_project_is_live';
      END IF;
      RETURN NULL;
    END """,
    Trigger("ticket_project_is_live", "tickets_ticket", "AFTER INSERT", when=_OPEN),
)

# ticket_place_is_live has locked the queue's row already.
QUEUE_ON_HOLD = Rule(
    "tickets_queue_on_hold",
    """
    BEGIN
      PERFORM 1 FROM queues_queue WHERE id = NEW.queue_id AND on_hold FOR SHARE;
      IF FOUND THEN
        RAISE EXCEPTION 'the queue is on hold'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_on_hold';
      END IF;
      RETURN NULL;
    END """,
    Trigger("ticket_queue_on_hold", "tickets_ticket", "AFTER INSERT", when=_OPEN),
    Trigger(
        "ticket_queue_on_hold_still",
        "tickets_ticket",
        "AFTER UPDATE OF queue_id",
        when=f"{_OPEN} AND NEW.queue_id <> OLD.queue_id",
    ),
)

# Deferred: a ticket assigned in the same transaction never waits. The lock on the queue's row serializes
# concurrent openings, so that the second counts the first. Only opening is limited: moving by hand is
# deliberate.
QUEUE_FULL = Rule(
    "tickets_queue_full",
    """
    DECLARE
      place uuid;
      most integer;
    BEGIN
      SELECT queue_id INTO place FROM tickets_ticket WHERE id = NEW.id AND status = 'waiting';
      IF NOT FOUND THEN
        RETURN NULL;
      END IF;
      SELECT max_waiting INTO most FROM queues_queue WHERE id = place AND max_waiting IS NOT NULL FOR NO KEY UPDATE;
      IF FOUND AND (SELECT count(*) FROM (
           SELECT 1 FROM tickets_ticket WHERE queue_id = place AND status = 'waiting' LIMIT most + 1) AS line) > most THEN
        RAISE EXCEPTION 'the queue is full'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_full';
      END IF;
      RETURN NULL;
    END """,  # noqa: E501
    Trigger("queue_full", "tickets_ticket", "AFTER INSERT", when="NEW.status = 'waiting'", deferred=True),
)

# Deferred, so that a merge may mark the tag and move its tickets in any order. The share lock on the tag's row
# serializes closing with the tag and merging it.
TICKET_TAG_NOT_MERGED = Rule(
    "tickets_tag_not_merged",
    """
    DECLARE merged boolean;
    BEGIN
      IF TG_TABLE_NAME = 'tags_tag' THEN
        merged := EXISTS (SELECT 1 FROM tickets_tickettag WHERE tag_id = NEW.id);
      ELSE
        PERFORM 1 FROM tags_tag WHERE id = NEW.tag_id FOR SHARE;
        merged := EXISTS (SELECT 1 FROM tags_tag t JOIN tickets_tickettag tt ON tt.tag_id = t.id
                           WHERE tt.id = NEW.id AND t.merged_into_id IS NOT NULL);
      END IF;
      IF merged THEN
        RAISE EXCEPTION 'a merged tag has no tickets'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_tag_not_merged';
      END IF;
      RETURN NULL;
    END """,
    Trigger("ticket_tag_not_merged", "tickets_tickettag", "AFTER INSERT OR UPDATE OF tag_id", deferred=True),
    Trigger(
        "ticket_tag_not_merged",
        "tags_tag",
        "AFTER UPDATE OF merged_into_id",
        when="NEW.merged_into_id IS NOT NULL",
        deferred=True,
    ),
)

# The tag for silent contacts can be neither archived nor merged while in use. The share lock on the tag's row
# serializes choosing it and archiving it.
ATTENDANCE_TAG_IN_USE = Rule(
    "tickets_attendance_tag_in_use",
    """
    DECLARE wrong boolean;
    BEGIN
      IF TG_TABLE_NAME = 'tags_tag' THEN
        wrong := EXISTS (SELECT 1 FROM tickets_attendancerules WHERE close_tag_id = NEW.id);
      ELSE
        PERFORM 1 FROM tags_tag WHERE id = NEW.close_tag_id AND archived_at IS NULL AND NOT closed_by_flow FOR SHARE;
        wrong := NOT FOUND;
      END IF;
      IF wrong THEN
        RAISE EXCEPTION 'tickets of silent contacts are closed with a tag that is in use'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_tag_in_use';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "attendance_tag_in_use",
        "tickets_attendancerules",
        "AFTER INSERT OR UPDATE OF close_tag_id",
        when="NEW.close_tag_id IS NOT NULL",
    ),
    Trigger(
        "attendance_tag_in_use",
        "tags_tag",
        "AFTER UPDATE OF archived_at",
        when="NEW.archived_at IS NOT NULL",
        deferred=True,
    ),
)

MENTION_OF_NOTE = Rule(
    "tickets_mention_of_note",
    """
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM tickets_message WHERE id = NEW.message_id AND ticket_id = NEW.ticket_id AND kind = 'note') THEN
        RAISE EXCEPTION 'a mention is of an internal note of its ticket'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'mention_of_note';
      END IF;
      RETURN NULL;
    END """,  # noqa: E501
    Trigger("mention_of_note", "tickets_mention", "AFTER INSERT OR UPDATE OF message_id, ticket_id"),
)
