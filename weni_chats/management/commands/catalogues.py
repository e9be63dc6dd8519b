"""Manage the message catalogues."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from weni_chats.translations import catalogues


class Command(BaseCommand):
    """``catalogues`` updates them, ``--check`` only reports, ``--compile`` writes the ``.mo`` files."""

    help = "Collect strings into locale/, check that each language is complete, or compile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where one is incomplete")
        parser.add_argument("--compile", action="store_true", help="only write the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compile"]:
            catalogues.compile_all()
            return
        languages = [code for code, _name in settings.LANGUAGES]
        if options["check"]:
            found = [line for code in languages for line in catalogues.problems(code)]
            for line in found:
                self.stderr.write(line)
            if found:
                raise CommandError(f"{len(found)} problems; run `manage.py catalogues` and translate")
            return
        for code in languages:
            self.stdout.write(f"{code}: {catalogues.update(code)} to translate")
        catalogues.compile_all()
