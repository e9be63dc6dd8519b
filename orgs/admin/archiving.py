"""Archiving and restoring rows in the admin."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import OperationAdmin, operation_action
from orgs.access import Actor


class ArchivableAdmin(OperationAdmin):
    """Rows that are archived and restored by an operation each, given in a ``staticmethod``.

    What has open tickets is archived on a page of its project, which asks where they go.
    """

    archive_operation: Callable[..., Any]
    restore_operation: Callable[..., Any]
    actions = ("archive", "restore")

    @operation_action(_("Archive"))
    def archive(self, request: HttpRequest, obj: Any) -> None:
        self.archive_operation(obj, by=Actor.operator(request))

    @operation_action(_("Restore"))
    def restore(self, request: HttpRequest, obj: Any) -> None:
        self.restore_operation(obj, by=Actor.operator(request))
