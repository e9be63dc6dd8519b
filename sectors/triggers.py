"""Database triggers: quick messages and their files; of the apps above, a sector keeps one live row of a kind."""

from core.triggers import Rule, Trigger

#: Maximum size of all files of a sector's quick messages, and of a person's own in a project.
MAX_QUICK_FILE_MEGABYTES = 100

#: A quick message has a text or a file. Deferred, so that a message can be added before its files. The trigger locks
#: the message's row before reading: of two people, one of whom empties the text and one removes the file, one is
#: refused.
QUICK_MESSAGE_HAS_CONTENT = Rule(
    "quick_messages_have_content",
    """
    DECLARE message uuid;
    BEGIN
      IF TG_TABLE_NAME = 'sectors_quickmessage' THEN
        message := NEW.id;
      ELSE
        message := OLD.message_id;
      END IF;
      PERFORM 1 FROM sectors_quickmessage WHERE id = message FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM sectors_quickmessage WHERE id = message AND text = '')
        AND NOT EXISTS (SELECT 1 FROM sectors_quickmessagefile WHERE message_id = message) THEN
        RAISE EXCEPTION 'a quick message has a text or a file'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'quick_message_has_content';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "quick_message_has_content",
        "sectors_quickmessage",
        "AFTER INSERT OR UPDATE OF text",
        when="NEW.text = ''",
        deferred=True,
    ),
    Trigger(
        "quick_message_has_content",
        "sectors_quickmessagefile",
        "AFTER DELETE OR UPDATE OF message_id",
        deferred=True,
    ),
)

#: Files are added one owner at a time: two at once could each find room for their own alone.
QUICK_MESSAGE_FILES_FIT = Rule(
    "quick_message_files_fit",
    f"""
    DECLARE owner sectors_quickmessage%ROWTYPE;
    BEGIN
      SELECT * INTO owner FROM sectors_quickmessage WHERE id = NEW.message_id;
      PERFORM pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', 'quick message files', owner.project_id, owner.sector_id, owner.user_id), 0));
      IF (
        SELECT sum(file.size) FROM sectors_quickmessagefile file
        JOIN sectors_quickmessage message ON message.id = file.message_id
        WHERE message.project_id = owner.project_id AND message.sector_id IS NOT DISTINCT FROM owner.sector_id
          AND message.user_id IS NOT DISTINCT FROM owner.user_id
      ) > {MAX_QUICK_FILE_MEGABYTES * 1024 * 1024} THEN
        RAISE EXCEPTION 'the files of quick messages are too large in all'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'quick_message_files_fit';
      END IF;
      RETURN NULL;
    END """,
    Trigger("quick_message_files_fit", "sectors_quickmessagefile", "AFTER INSERT OR UPDATE OF size, message_id"),
)


def sector_keeps_one(kind: str, table: str, counted: str = "archived_at IS NULL") -> Rule:
    """Return the rule that a live sector keeps at least one ``counted`` row of a table, such as a queue.

    Deferred to the end of the transaction, so that a sector can be created before its first row. The trigger locks
    the sector's row before reading, which serializes concurrent changes: two removals, or a removal and the sector's
    restoration.
    """
    name = f"sector_keeps_{kind}"
    return Rule(
        f"{kind}s_keep_one",
        f"""
    DECLARE sector uuid;
    BEGIN
      IF TG_TABLE_NAME = 'sectors_sector' THEN
        sector := NEW.id;
      ELSE
        sector := OLD.sector_id;
      END IF;
      PERFORM 1 FROM sectors_sector WHERE id = sector FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM sectors_sector WHERE id = sector AND archived_at IS NULL) AND NOT EXISTS (
        SELECT 1 FROM {table} WHERE sector_id = sector AND {counted}) THEN
        RAISE EXCEPTION 'a sector keeps at least one {kind}'
          USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
      END IF;
      RETURN NULL;
    END """,
        Trigger(name, table, "AFTER UPDATE OR DELETE", deferred=True),
        Trigger(name, "sectors_sector", "AFTER INSERT OR UPDATE OF archived_at", deferred=True),
    )
