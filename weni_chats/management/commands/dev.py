"""Run everything on one port: what ``make run`` calls."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from core import outgoing_mail
from weni_chats.serving import embedded_postgres, processes, supervisor
from weni_chats.translations import catalogues

LOCAL = {"127.0.0.1", "0.0.0.0"}  # noqa: S104 - shown as localhost


class Command(BaseCommand):
    """Start database, server and worker, with migrations and, on the first run, demo data; Ctrl-C stops all."""

    help = "Run the desk with its own database and demo data on one port."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add port and host, which default to environment variables, for ``make run``."""
        parser.add_argument("--port", type=int, default=None, help="default: PORT, else 8000")
        parser.add_argument("--host", default=os.environ.get("HOST_ADDRESS", "127.0.0.1"))
        parser.add_argument("--without-demo", action="store_true", help="no demo data on the first run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped or until a process exits."""
        host, port = options["host"], options["port"] or _port()
        listening = _listen(host, port)
        if os.environ.get("WENI_END_WITH_PARENT"):
            processes.die_with_parent(signal.SIGTERM, os.getppid())
        # SIGINT too: a shell starts background commands with it ignored.
        for signum in supervisor.STOP:
            signal.signal(signum, _interrupt)
        signal.signal(supervisor.ROLL, signal.SIG_IGN)
        server = None if os.environ.get("DATABASE_URL") else embedded_postgres.Server(settings.DATA_DIR)
        try:
            if server is not None:
                self._say("Starting the database …")
                server.start()
            self._prepare(with_demo=not options["without_demo"])
            self._serve(host, port, listening, server)
        except (embedded_postgres.EmbeddedError, supervisor.Failed) as error:
            raise CommandError(f"{error} Everything is stopped.") from error
        except KeyboardInterrupt:
            self._say("\nStopping …")
        finally:
            # A second Ctrl-C must not leave a process behind.
            for signum in supervisor.STOP:
                signal.signal(signum, signal.SIG_IGN)
            connections.close_all()
            if server is not None:
                server.stop()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self, *, with_demo: bool) -> None:
        """Update database and catalogues; load demo data into an empty installation."""
        from orgs.models import Organization

        catalogues.compile_all()
        with connections["default"].cursor() as cursor:
            # Migrating a large table may take longer than the statement timeout of pages.
            cursor.execute("SET statement_timeout = 0")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        if with_demo and not Organization.objects.exists():
            self._say("Loading demo data …")
            call_command("demo")
        connections.close_all()

    def _serve(self, host: str, port: int, listening: socket.socket, server: embedded_postgres.Server | None) -> None:
        """Run front, server and worker until interrupted; print the URL and logins once pages respond."""
        # Addresses in e-mails lead to the port that was chosen.
        env = {"LOG_LEVEL": "WARNING", **os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        manage = str(Path(settings.BASE_DIR) / "manage.py")

        def serve(path: Path) -> subprocess.Popen:
            return processes.start_server(
                "asgi", listen=[f"--uds={path}"], env=supervisor.behind_front(env), options=["--log-level=warning"]
            )

        def tend() -> None:
            if server is not None and server.restart_if_ended():
                self._say("The database ended unexpectedly and was started again.")

        with supervisor.Supervisor(listening, env=env, serve=serve, say=self._say, tend=tend) as running:
            running.add(
                "worker", lambda: processes.start([sys.executable, manage, "worker", "--end-with-parent"], env=env)
            )
            running.start()
            here = f"http://{'localhost' if host in LOCAL else host}:{port}"
            self._say(f"\nWeni Chats is at {here}/\n")
            for line in _logins():
                self._say(f"  {line}")
            if outgoing_mail.folder():
                self._say(f"\n  E-mails are not sent: they are written to {outgoing_mail.folder()},")
                self._say(
                    f"  and operators read them at http://{'localhost' if host in LOCAL else host}:{port}/admin/mail/"
                )
            self._say("\nCtrl-C stops everything.")
            running.watch()


def _interrupt(_signum: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return supervisor.listen(host, port)
    except OSError as error:
        other = port + 1 if 1024 <= port < 65535 else 8000
        if error.errno == errno.EACCES:
            what = f"Port {port} is for administrators only."
        elif error.errno == errno.EADDRINUSE:
            what = f"Port {port} is taken by another program."
        else:
            raise CommandError(f"{host}:{port} can't be bound: {error.strerror}.") from error
        raise CommandError(f"{what} Choose another one: PORT={other} make run") from error


def _logins() -> list[str]:
    """Return the demo logins that exist in this database."""
    from demo.people import LOGINS, OPERATOR, PASSWORD
    from orgs.models import User

    people = (*LOGINS, OPERATOR)
    known = set(User.objects.filter(email__in=[who.email for who in people]).values_list("email", flat=True))
    connections.close_all()
    shown = [f"{who.email:<28} {who.what}" for who in people if who.email in known]
    return [f"Demo logins (password {PASSWORD}):", *shown] if shown else []
