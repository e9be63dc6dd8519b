"""Export a project's configuration as a file."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orgs.management.commands.flow_token import find_project
from setup.configuration.dump import configuration_of
from setup.configuration.yaml_writer import as_yaml


class Command(BaseCommand):
    """Print the YAML: ``export_configuration support > support.yaml``."""

    help = "Print a project's sectors, hours, queues, tags and quick messages as YAML (docs/configuration.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug or id of the project")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_yaml(configuration_of(find_project(options["project"]))), ending="")
