"""The back office's page of outgoing e-mails, for installations that send none (docs/admin.md)."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core import outgoing_mail
from orgs.access import operators

#: E-mails shown.
SHOWN = 30


@never_cache
@require_GET
@operators
def mail(request: HttpRequest) -> HttpResponse:
    """Show the e-mails that were written last, as plain text: what others put into them is never run."""
    context = {
        **admin.site.each_context(request),
        "title": _("Outgoing e-mails"),
        "letters": outgoing_mail.latest(SHOWN),
        "folder": outgoing_mail.folder(),
        "is_sent": outgoing_mail.sends_mail(),
    }
    return render(request, "admin/outgoing_mail.html", context)
