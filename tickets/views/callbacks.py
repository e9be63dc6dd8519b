"""Callbacks of a project for its administrators: the log, one callback, sending again, pausing hosts."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Invalid
from core.http import success_toast
from core.pagination import MAX_COUNTED
from orgs.access import Member, MemberRequest, requires
from orgs.preferences import zone_for
from tickets import operations
from tickets.models import Delivery, DeliveryState, SigningSecret
from tickets.webhooks import log
from tickets.webhooks.payloads import payload_to_show
from tickets.webhooks.signing import OVERLAP, readable_secrets
from tickets.webhooks.wording import reason


def _read(request: MemberRequest, data: Any, hosts: list[str]) -> log.CallbackFilterForm:
    return log.CallbackFilterForm(data, hosts=hosts, zone=zone_for(request, request.member.project))


@require_GET
@never_cache
@requires(Member.may_connect_flow)
def callbacks(request: MemberRequest) -> HttpResponse:
    """Show the hosts and the log, newest or oldest first."""
    project = request.member.project
    names = log.hosts_of(project)
    form = _read(request, request.GET, names)
    zone = zone_for(request, request.member.project)
    context: dict[str, Any] = {
        "form": form,
        "hosts": log.states_of(project, names),
        "browser_zone": zone,
        "zone": zone,
    }
    if not form.is_valid():
        return render(request, "tickets/callbacks.html", context | {"refused": True}, status=422)
    asked = form.asked()
    rows = log.matching(project, asked).select_related("ticket", "attachment", "message")
    try:
        found = asked.keyset("created_at").list_page(request.GET, rows, kept=asked.query())
    except Invalid:
        form.add_error(None, _("This page of the list could not be found. Start again from the newest."))
        return render(request, "tickets/callbacks.html", context | {"refused": True}, status=422)
    failed = log.failed_deliveries(project, asked)[: MAX_COUNTED + 1].count()
    context |= {
        "asked": asked,
        "filter_count": asked.count,
        "zone": asked.zone,
        "rows": [(row, reason(row)) for row in found.rows],
        "newer_url": found.newer_url,
        "older_url": found.older_url,
        "query": asked.query(),
        "failed": failed,
        "failed_words": _failed_words(failed),
    }
    return render(request, "tickets/callbacks.html", context)


def _failed_words(count: int) -> str:
    if count > MAX_COUNTED:
        return _("More than %(count)d of these have failed.") % {"count": MAX_COUNTED}
    return ngettext("%(count)d of these has failed.", "%(count)d of these have failed.", count) % {"count": count}


@require_GET
@never_cache
@requires(Member.may_connect_flow)
def callback(request: MemberRequest, delivery: UUID) -> HttpResponse:
    """Show one callback: what it carries, and the answer to the last attempt."""
    rows = Delivery.objects.select_related("ticket", "attachment")
    row = get_object_or_404(rows, pk=delivery, project=request.member.project)
    context = {
        "row": row,
        "reason": reason(row),
        "payload": json.dumps(payload_to_show(row), ensure_ascii=False, indent=2),
        "is_failed": row.state == DeliveryState.FAILED,
    }
    return render(request, "tickets/callback.html", context)


@require_POST
@requires(Member.may_connect_flow)
def callback_again(request: MemberRequest, delivery: UUID) -> HttpResponse:
    """Send one failed callback again."""
    project = request.member.project
    row = get_object_or_404(Delivery, pk=delivery, project=project)
    if operations.send_callback_again(project, row.pk, by=request.actor):
        success_toast(request, _("It is being sent again."))
    return redirect("tickets:callback", project.pk, row.pk)


@require_POST
@requires(Member.may_connect_flow)
def callbacks_again(request: MemberRequest) -> HttpResponse:
    """Send all failed callbacks again that the filters of the log (``query``) leave."""
    project = request.member.project
    form = _read(request, QueryDict(request.POST.get("query", "")[:1000]), log.hosts_of(project))
    asked = form.asked() if form.is_valid() else None
    if asked is None:
        raise Invalid(_("These filters can’t be used. Open the page again."))
    count = operations.send_all_again(project, asked, by=request.actor)
    words = ngettext("%(count)d callback is being sent again.", "%(count)d callbacks are being sent again.", count)
    success_toast(request, words % {"count": count})
    return redirect(f"{reverse('tickets:callbacks', args=[project.pk])}?{asked.query()}")


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_connect_flow)
def callbacks_secret(request: MemberRequest) -> HttpResponse:
    """Show the secret that signs callbacks, or make a new one (POST)."""
    project = request.member.project
    if request.method == "POST":
        operations.rotate_signing_secret(project, by=request.actor)
        success_toast(request, _("The new secret signs from now on; the old one stays valid for a day."))
        return redirect("tickets:callbacks_secret", project.pk)
    secrets = readable_secrets(project.pk, timezone.now())
    rotated_at = SigningSecret.objects.get(project=project).rotated_at
    context = {
        "secrets": secrets,
        "rotated_at": rotated_at,
        "old_until": rotated_at + OVERLAP if rotated_at and len(secrets) > 1 else None,
    }
    return render(request, "tickets/callbacks_secret.html", context)


@require_POST
@requires(Member.may_connect_flow)
def callbacks_pause(request: MemberRequest) -> HttpResponse:
    """Pause a host (``host``; ``paused`` is 1) or send to it again."""
    project, host = request.member.project, request.POST.get("host", "")
    if request.POST.get("paused") == "1":
        operations.pause_host(project, host, by=request.actor)
        success_toast(request, _("Callbacks to %(host)s wait from now on.") % {"host": host})
    else:
        operations.resume_host(project, host, by=request.actor)
        success_toast(request, _("Callbacks to %(host)s are sent again.") % {"host": host})
    return redirect("tickets:callbacks", project.pk)
