"""Serve in production: pages and event stream, on two ports behind a proxy or on one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from weni_chats.serving import processes
from weni_chats.translations import catalogues


class Command(BaseCommand):
    """One granian for pages (WSGI), one for the event stream (ASGI); the worker is a separate process."""

    help = "Serve pages and event stream (docs/operations.md); needs DATABASE_URL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - meant for a container
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--live-port", type=int, default=int(os.environ.get("LIVE_PORT", "8001")))
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--threads", type=int, default=8, help="blocking threads a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run both servers until one exits."""
        if not os.environ.get("DATABASE_URL"):
            raise CommandError("Set DATABASE_URL; for a try on one machine use `make run`.")
        catalogues.compile_all()
        # Content-hashed names, compressed files: browsers may cache them forever.
        env = {**os.environ, "STATIC_HASHED": "1"}
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        subprocess.run([sys.executable, manage, "collectstatic", "--no-input", "-v0"], env=env, check=True)
        # SIGTERM, from a container or service manager: shut the servers down in order instead of orphaning them.
        signal.signal(signal.SIGTERM, _interrupt)
        host, threads = options["host"], f"--blocking-threads={options['threads']}"
        running = [
            processes.start_server(
                "wsgi", host=host, port=options["port"], env=env, workers=options["workers"], options=[threads]
            ),
            processes.start_server("asgi", host=host, port=options["live_port"], env=env),
        ]
        try:
            while all(child.poll() is None for child in running):
                time.sleep(0.5)
            raise CommandError("A server process exited unexpectedly; the others are stopped.")
        except KeyboardInterrupt:
            pass
        finally:
            for child in running:
                processes.stop(child)


def _interrupt(_signum: int, _frame: Any) -> None:
    raise KeyboardInterrupt
