"""Run background jobs: callbacks, agents' connections, sweeps."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from weni_chats.serving import processes


class Command(BaseCommand):
    """Procrastinate's worker with this program's options (docs/operations.md)."""

    help = "Send callbacks, follow agents' connections and sweep, until told to stop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--end-with-parent", action="store_true", help="end also when whoever started it is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; jobs in progress are finished first."""
        if options["end_with_parent"]:
            processes.kill_after_grace(os.getppid())
        call_command("procrastinate", "worker")
