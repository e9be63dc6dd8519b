"""Do the work in the background: callbacks, agents' connections, sweeps."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from weni_chats.serving import processes


class Command(BaseCommand):
    """Procrastinate's worker, as this program runs it (docs/operations.md)."""

    help = "Send callbacks, follow agents' connections and sweep, until told to stop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How it ends."""
        parser.add_argument("--end-with-parent", action="store_true", help="end also when whoever started it is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; the jobs under way are finished first."""
        if options["end_with_parent"]:
            processes.kill_after_grace(os.getppid())
        call_command("procrastinate", "worker")
