"""Fill a project with a realistic past."""

import time
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from core.errors import DomainError
from demo import now, past, people
from demo.progress import Progress
from demo.set_up import set_up
from orgs.models import User

#: What the first start loads: takes seconds, and fills every chart.
TICKETS, DAYS, SEED = 2_000, 60, 1


def _count(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 50_000_000:
        raise ArgumentTypeError("a whole number, please")
    return int(text)


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 3650:
        raise ArgumentTypeError("a number of days from 1 to 3650, please")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("a date or time as 2026-01-31T12:00, please") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    """Create the demo project on first use; add tickets to its past each time."""

    help = (
        "Make a demo project with people and sectors, and fill it with closed tickets that look lived in. "
        "Run again, it adds older ones. Deterministic for a seed and an end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the number of tickets and days, and the random seed."""
        parser.add_argument("--tickets", type=_count, default=TICKETS, help="how many (default: %(default)s)")
        parser.add_argument("--days", type=_days, default=DAYS, help="over so many days (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=SEED, help="same seed, same data (default: %(default)s)")
        parser.add_argument("--project", default="demo", help="slug of the project (default: demo)")
        parser.add_argument("--until", type=_instant, default=None, help="where the past ends, UTC (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up the project, write the past, then open current tickets."""
        begun, tickets = time.monotonic(), options["tickets"]
        until = options["until"] or timezone.now().replace(second=0, microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"demo {options['project']}"])
            if not cursor.fetchone()[0]:
                raise CommandError("Another run is filling this project just now.")
        try:
            project = set_up(options["project"], options["seed"])
            start, end = past.write_past(
                project,
                tickets=tickets,
                days=options["days"],
                seed=options["seed"],
                until=until,
                show=Progress(tickets, "tickets").show,
            )
            now.set_statuses(project, timezone.now())
            live = now.open_tickets(project, timezone.now(), options["seed"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"demo {options['project']}"])
        seconds = time.monotonic() - begun
        self.stdout.write(
            f"{tickets:,} tickets from {start:%Y-%m-%d} to {end:%Y-%m-%d} and {live} open ones "
            f"in the project “{project.slug}”, in {seconds:,.1f} s."
        )
        self.stdout.write(f"Sign in as {people.LOGINS[0].email} with the password {people.PASSWORD}.")
        if User.objects.filter(email=people.OPERATOR.email, is_superuser=True).exists():
            self.stdout.write(f"The back office at /admin/ opens to {people.OPERATOR.email}, with the same password.")
