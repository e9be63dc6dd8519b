"""The page that connects a project with the engine that starts its flows."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from active_messages import operations
from active_messages.access import engine_of
from active_messages.forms import EngineForm
from core.http import refusals_added_to, success_toast
from core.text import by_name
from orgs.access import Member, MemberRequest, requires
from sectors.models import Sector


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_connect_flow)
def engine(request: MemberRequest) -> HttpResponse:
    """Show how the engine is connected, or connect it (POST)."""
    project = request.member.project
    row = engine_of(project)
    form = EngineForm(row, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            operations.connect_engine(project, by=request.actor, **form.cleaned_data)
            success_toast(request, _("The engine is connected."))
            return redirect("active_messages:engine", project.pk)
    allowed = Sector.objects.live().filter(project=project, active_messages=True)
    context = {"form": form, "engine": row, "sectors": allowed.order_by("position", *by_name())[:20]}
    return render(request, "active_messages/engine.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(Member.may_connect_flow)
def disconnect(request: MemberRequest) -> HttpResponse:
    """Forget the engine and its token."""
    project = request.member.project
    operations.disconnect_engine(project, by=request.actor)
    success_toast(request, _("The engine is disconnected. Nothing more is started."))
    return redirect("active_messages:engine", project.pk)
