#!/usr/bin/env python
"""Run a management command; without DATABASE_URL, with the embedded database up for as long as it takes."""

import os
import sys

#: Commands that need no database, or that start it themselves.
WITHOUT_DATABASE = {"dev", "serve", "catalogues", "makemessages", "collectstatic", "help", "--help", "--version"}

#: Commands whose statements are limited, since people wait for them or nobody watches.
SERVING = {"dev", "serve", "procrastinate"}


def main() -> None:
    """Run the command of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in SERVING:
        # A migration or a load of data takes as long as it takes.
        os.environ.setdefault("STATEMENT_TIMEOUT_MS", "0")
    if os.environ.get("DATABASE_URL") or command in WITHOUT_DATABASE or "--help" in sys.argv:
        execute_from_command_line(sys.argv)
        return
    from django.conf import settings

    from weni_chats.serving import embedded_postgres

    try:
        server = embedded_postgres.ensure(settings.DATA_DIR)
    except embedded_postgres.EmbeddedError as error:
        sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    finally:
        if server is not None:
            from django.db import connections

            connections.close_all()
            server.stop()


if __name__ == "__main__":
    main()
