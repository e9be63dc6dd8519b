"""Serve in production: pages and event stream, on two ports behind a proxy or on one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.checks import proxies_are_counted
from weni_chats.serving import processes, supervisor
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
        if not _is_origin(settings.ORIGIN):
            raise CommandError(
                "Set ORIGIN to the address people open in their browser, such as https://chats.example.org:"
                " links in e-mails and the identity provider's callback begin with it."
            )
        # From a container or service manager: shut the processes down in order instead of orphaning them.
        for signum in supervisor.STOP:
            signal.signal(signum, _interrupt)
        # What starts now has the code that a reload would bring; without a handler it would end the program.
        signal.signal(supervisor.ROLL, signal.SIG_IGN)
        for warning in proxies_are_counted(None):
            self.stderr.write(f"{warning.msg} {warning.hint}")
        host = options["host"]
        try:
            # First of all: from here on, who calls waits and is not refused.
            listening = supervisor.listen(host, options["port"])
        except OSError as error:
            raise CommandError(f"{host}:{options['port']} can't be bound: {error.strerror}.") from error
        try:
            self._run(listening, options)
        except supervisor.Failed as error:
            raise CommandError(f"{error} Everything is stopped.") from error
        except KeyboardInterrupt:
            pass

    def _run(self, listening: socket.socket, options: Mapping[str, Any]) -> None:
        catalogues.compile_all()
        # Content-hashed names, compressed files: browsers may cache them forever.
        env = {**os.environ, "STATIC_HASHED": "1"}
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        subprocess.run([sys.executable, manage, "collectstatic", "--no-input", "-v0"], env=env, check=True)
        serve = partial(self._serve, env=supervisor.behind_front(env), options=options)
        with supervisor.Supervisor(listening, env=env, serve=serve, say=self.stdout.write) as running:
            address = [f"--host={options['host']}", f"--port={options['live_port']}"]
            running.add("event stream", lambda: processes.start_server("asgi", listen=address, env=env))
            running.start()
            running.watch()

    def _serve(self, path: Path, *, env: Mapping[str, str], options: Mapping[str, Any]) -> subprocess.Popen:
        return processes.start_server(
            "wsgi",
            listen=[f"--uds={path}"],
            env=env,
            workers=options["workers"],
            options=[f"--blocking-threads={options['threads']}"],
        )


def _is_origin(text: str) -> bool:
    """Whether a text is scheme, host and perhaps port, and nothing else."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
        )
    except ValueError:
        return False


def _interrupt(_signum: int, _frame: Any) -> None:
    raise KeyboardInterrupt
