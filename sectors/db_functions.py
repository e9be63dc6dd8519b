"""Database functions of the sectors app."""

from textwrap import dedent
from typing import Any

from django.db.models import BooleanField, Func

from core.triggers import Function

# A CHECK can't contain a subquery over the list's items; a function can.
RANGES_IN_ORDER = Function(
    "sectors_ranges_in_order(ranges jsonb)",
    dedent("""
        DECLARE
          pair jsonb;
          opens numeric;
          closes numeric;
          last numeric := 0;
        BEGIN
          IF jsonb_typeof(ranges) <> 'array' OR jsonb_array_length(ranges) > 12 THEN
            RETURN false;
          END IF;
          FOR pair IN SELECT jsonb_array_elements(ranges) LOOP
            IF jsonb_typeof(pair) <> 'array' OR jsonb_array_length(pair) <> 2
               OR jsonb_typeof(pair -> 0) <> 'number' OR jsonb_typeof(pair -> 1) <> 'number' THEN
              RETURN false;
            END IF;
            opens := (pair ->> 0)::numeric;
            closes := (pair ->> 1)::numeric;
            IF opens <> trunc(opens) OR closes <> trunc(closes) OR opens < last OR opens >= 1440
               OR closes <= opens OR closes > opens + 1440 THEN
              RETURN false;
            END IF;
            last := closes;
          END LOOP;
          RETURN true;
        END """),
    returns="boolean",
    language="plpgsql IMMUTABLE",
)


class RangesInOrder(Func):
    """True if a list of [opens, closes] in minutes is sorted, doesn't overlap, and no range exceeds a day."""

    function = "sectors_ranges_in_order"
    output_field: Any = BooleanField()
