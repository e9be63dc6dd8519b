"""Every address of the program, by method who gets what. Rows are added in ``table_pages`` and ``table_api``."""

from tests.access.rows import Table
from tests.access.table_api import API
from tests.access.table_pages import PAGES

TABLE: Table = PAGES | API
