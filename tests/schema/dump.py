"""The database's schema as text, read from the catalogue: the same for two databases exactly if they are.

Tables, functions and triggers of the libraries are left out: they change with their versions, not with ours.
"""

from collections.abc import Iterator

from django.db import connection

_LIBRARIES = r"^(account|auth|django|mfa|procrastinate|socialaccount|usersessions)_|^weni_cache$"

_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname"

_TYPES = """
SELECT typname || ' ' || format_type(coalesce(nullif(typbasetype, 0), oid), typtypmod)
  FROM pg_type
 WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e') AND typname !~ %s
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
 ORDER BY 1
"""

_FUNCTIONS = """
SELECT pg_get_functiondef(oid)
  FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace AND proname !~ %s
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
 ORDER BY proname, pg_get_function_identity_arguments(oid)
"""

# Views, materialized views, foreign and partitioned tables included: whatever appears one day is seen.
_RELATIONS = """
SELECT oid, relname,
       relkind::text || relpersistence::text || CASE WHEN relrowsecurity THEN ' row security' ELSE '' END
       || coalesce(' ' || reloptions::text, '') || coalesce(' ' || obj_description(oid, 'pg_class'), '')
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname !~ %s
 ORDER BY relname
"""

_COLUMNS = """
SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                 'GENERATED ' || nullif(a.attgenerated::text, ''),
                 'IDENTITY ' || nullif(a.attidentity::text, ''),
                 CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END)
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""

# NOT NULL stands with its column. A unique constraint stands with the other unique indexes: see below.
_CONSTRAINTS = """
SELECT conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint
 WHERE conrelid = %s AND contype NOT IN ('n', 'p', 'u', 't')
 ORDER BY contype, conname
"""

# Of two unique indexes that a row breaks, the older one refuses it: they stand in the order in which they were made.
_UNIQUE = """
SELECT coalesce(c.conname || ' ' || pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid))
  FROM pg_index i
  LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
 WHERE i.indrelid = %s AND i.indisunique
 ORDER BY i.indexrelid
"""

_INDEXES = """
SELECT pg_get_indexdef(indexrelid)
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE indrelid = %s AND NOT indisunique
 ORDER BY relname
"""

_TRIGGERS = """
SELECT pg_get_triggerdef(oid) || CASE tgenabled WHEN 'O' THEN '' ELSE ' -- ' || tgenabled::text END
  FROM pg_trigger
 WHERE tgrelid = %s AND NOT tgisinternal
 ORDER BY tgname
"""

_LIBRARY_TRIGGERS = """
SELECT pg_get_triggerdef(oid)
  FROM pg_trigger
 WHERE NOT tgisinternal AND tgrelid::regclass::text ~ %s AND tgname !~ %s
 ORDER BY 1
"""

_SEQUENCES = """
SELECT concat_ws(' ', relname, format_type(seqtypid, NULL), 'from', seqstart, 'by', seqincrement, 'to', seqmax)
  FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
 WHERE relname !~ %s
 ORDER BY 1
"""

_PARTS = (
    ("column", _COLUMNS),
    ("constraint", _CONSTRAINTS),
    ("unique", _UNIQUE),
    ("index", _INDEXES),
    ("trigger", _TRIGGERS),
)


def schema() -> str:
    """Return the schema of the connected database."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    for name in _first(_EXTENSIONS):
        yield f"extension {name}"
    for text in _first(_TYPES, _LIBRARIES):
        yield f"type {text}"
    for text in _first(_SEQUENCES, _LIBRARIES):
        yield f"sequence {text}"
    for text in _first(_FUNCTIONS, _LIBRARIES):
        yield ""
        yield text.rstrip("\n")
    for relation, name, kind in _rows(_RELATIONS, _LIBRARIES):
        yield ""
        yield f"relation {name} {kind}"
        for part, query in _PARTS:
            for text in _first(query, relation):
                yield f"  {part} {text}"
    for text in _first(_LIBRARY_TRIGGERS, _LIBRARIES, _LIBRARIES):
        yield ""
        yield f"trigger {text}"


def _first(query: str, *parameters: object) -> list[str]:
    return [row[0] for row in _rows(query, *parameters)]


def _rows(query: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall()
