"""Create an organization, the first of an installation or another one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.errors import DomainError
from orgs import operations
from orgs.access import SYSTEM
from orgs.invitations.mail import invitation_url
from orgs.models import OrganizationRole


class Command(BaseCommand):
    """Create an organization and invite its first administrator; everything else is done in the browser."""

    help = "Create an organization and print the link with which its first Administrator comes in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--administrator", required=True, metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it and print the invitation link alone on a line (single use, valid for seven days)."""
        try:
            with transaction.atomic():
                organization = operations.create_organization(options["name"], by=SYSTEM)
                _membership, _invitation, secret = operations.add_by_email(
                    organization, options["administrator"], OrganizationRole.ADMINISTRATOR, by=SYSTEM
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        if secret:
            self.stdout.write(invitation_url(secret))
        else:
            self.stderr.write(f"{options['administrator']} has an account and is Administrator now.")
