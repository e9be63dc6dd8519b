"""Print the secret that signs a project's callbacks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from orgs.management.commands.flow_token import find_project
from tickets.webhooks.signing import secrets_of


class Command(BaseCommand):
    """Print the secret alone on a line."""

    help = "Print the secret with which a project's callbacks are signed (docs/flow.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug or id of the project")
        parser.add_argument("--standard", action="store_true", help="in the notation of Standard Webhooks")

    def handle(self, *args: Any, **options: Any) -> str:
        secret = secrets_of(find_project(options["project"]).pk, timezone.now())[0]
        return secret.standard if options["standard"] else secret.text
