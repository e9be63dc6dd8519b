"""Create an API token from the command line."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from orgs import operations
from orgs.access import SYSTEM
from orgs.models import Organization, Project, TokenScope


class Command(BaseCommand):
    """Prints a new token on a line of its own; only its hash is stored, so it can't be shown again."""

    help = "Make an API token for a flow engine and print it (docs/flow.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", help="slug or id of the project")
        parser.add_argument("--organization", help="id or name of an organization: all its projects")
        parser.add_argument("--installation", action="store_true", help="all projects of this installation")
        parser.add_argument("--name", default="Flow engine", help="the name shown in lists and logs")
        parser.add_argument(
            "--scope",
            action="append",
            choices=TokenScope.values,
            help="what it may do; may be repeated (default: open)",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        """Create the token; exactly one reach must be given."""
        reach = [options["project"], options["organization"], options["installation"]]
        if sum(bool(named) for named in reach) != 1:
            raise CommandError("Name a project, or --organization, or --installation.")
        try:
            _token, secret = operations.create_token(
                options["name"],
                by=SYSTEM,
                scopes=options["scope"] or [TokenScope.OPEN],
                project=find_project(options["project"]) if options["project"] else None,
                organization=_organization(options["organization"]) if options["organization"] else None,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        return secret


def find_project(text: str) -> Project:
    """Return a live project by its slug or id. Raises CommandError."""
    live = Project.objects.filter(archived_at=None)
    found = live.filter(slug=text).first()
    if found is None and (key := _uuid(text)):
        found = live.filter(pk=key).first()
    if found is None:
        raise CommandError(f"There is no project {text!r}.")
    return found


def _organization(text: str) -> Organization:
    live = Organization.objects.filter(archived_at=None)
    key = _uuid(text)
    found = list(live.filter(pk=key) if key else live.filter(name=text)[:2])
    if not found:
        raise CommandError(f"There is no organization {text!r}.")
    if len(found) > 1:
        raise CommandError(f"Several organizations are called {text!r}: give the id.")
    return found[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
