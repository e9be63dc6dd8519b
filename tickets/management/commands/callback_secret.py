"""Print the secret that signs a project's callbacks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orgs.management.commands.flow_token import find_project
from tickets.webhooks.signing import secret_of


class Command(BaseCommand):
    """Print the secret alone on a line."""

    help = "Print the secret with which a project's callbacks are signed (docs/flow.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug or id of the project")

    def handle(self, *args: Any, **options: Any) -> str:
        return secret_of(find_project(options["project"]).pk)
