"""Import a project's configuration from a file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from orgs.access import SYSTEM
from orgs.management.commands.flow_token import find_project
from setup.configuration import diff_texts
from setup.configuration.apply import apply_configuration, difference_of
from setup.configuration.problems import Problems


class Command(BaseCommand):
    """Show the diff, ask, and apply all of it or nothing: ``import_configuration support support.yaml``."""

    help = "Make a project what a YAML file says (docs/configuration.md); shows the difference and asks first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug or id of the project")
        parser.add_argument("file", help="path of the file; - for the standard input, with --yes or --dry-run")
        parser.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show and apply the diff. Raises CommandError with all problems."""
        project = find_project(options["project"])
        quiet = options["yes"] or options["dry_run"]
        if options["file"] == "-" and not quiet:
            raise CommandError("From the standard input nothing can be asked: add --yes or --dry-run.")
        raw = _read(options["file"])
        difference = difference_of(project, raw, by=SYSTEM)
        for line in diff_texts.lines(difference):
            self.stdout.write(line)
        if difference.problems:
            raise CommandError("\n".join(_said(difference.problems)))
        if difference.empty:
            self.stdout.write("The file changes nothing.")
            return
        if options["dry_run"]:
            self.stdout.write(f"Nothing was changed. To do: {diff_texts.summary_text(difference)}.")
            return
        if not options["yes"] and input(
            f"Apply ({diff_texts.summary_text(difference)})? [y/N] "
        ).strip().lower() not in {
            "y",
            "yes",
        }:
            raise CommandError("Nothing was changed.")
        try:
            done = apply_configuration(project, raw, by=SYSTEM, fingerprint=difference.fingerprint)
        except DomainError as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        self.stdout.write(f"Done: {diff_texts.summary_text(done)}.")


def _read(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error


def _said(problems: Problems) -> list[str]:
    found = ["Nothing was changed; the file has problems:"]
    for problem in problems:
        place = " · ".join(part for part in (problem.line and f"line {problem.line}", problem.path) if part)
        found.append(f"- {place + ': ' if place else ''}{problem.sentence}")
    if problems.left_out:
        found.append(f"- and {problems.left_out} more")
    return found
