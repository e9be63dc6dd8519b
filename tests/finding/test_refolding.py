"""After a change of how names are compared, those that have become equal are told apart (core.text.refold)."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.text import FOLD, refold
from tags.models import Tag
from tests.builders import Desk

_BEFORE = """
    CREATE OR REPLACE FUNCTION weni_fold(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT
    AS 'BEGIN RETURN lower($1); END'
"""


def test_names_that_have_become_equal_get_a_number(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(_BEFORE)
        cursor.execute("REINDEX INDEX tag_name_once_per_sector")
        for name in ("Ação", "acao", "ÁCAO " + "x" * 55, "acao " + "x" * 55):
            Tag.objects.create(sector=desk.sector, name=name, position=7)
        cursor.execute(FOLD.create_sql.replace("%", "%%"), [])
        for operation in refold("tags_tag", "name", "tag_name_once_per_sector", within="sector_id", most=60):
            cursor.execute(str(operation.sql))
    found = list(Tag.objects.filter(position=7).order_by("pk").values_list("name", flat=True))
    assert found == ["Ação", "acao-2", "ÁCAO " + "x" * 55, "acao " + "x" * 50 + "-2"]
    with pytest.raises(IntegrityError, match="tag_name_once_per_sector"), transaction.atomic():
        Tag.objects.create(sector=desk.sector, name="AÇAO", position=7)
    Tag.objects.filter(position=7).delete()
