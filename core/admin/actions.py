"""List actions that call the same operations as the pages, row by row."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.errors import DomainError, Sentence

#: Maximum number of rows per action, so that the request stays fast.
MAX_AT_ONCE = 100
#: Maximum number of rows named in one message.
_NAMED = 10

Operate = Callable[[Any, HttpRequest, Any], object]
Warn = Callable[[Any], Iterable[Sentence]]


def operation_action(label: Sentence, *, confirm: Warn | None = None) -> Callable[[Operate], Any]:
    """Make an admin action of a method that takes a row and calls an operation.

    Rows succeed or fail one by one; a failure is shown with the operation's own message. ``confirm`` returns the
    consequences for a row; with it, the action asks for confirmation first.
    """

    def decorate(operate: Operate) -> Any:
        @admin.action(description=label, permissions=["operate"])  # type: ignore[arg-type]
        def run(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
            rows = list(queryset[: MAX_AT_ONCE + 1])
            if len(rows) > MAX_AT_ONCE:
                sentence = _("Choose at most %(limit)d at once.") % {"limit": MAX_AT_ONCE}
                model_admin.message_user(request, sentence, messages.ERROR)
                return None
            if confirm is not None and "confirmed" not in request.POST:
                return _ask(model_admin, request, label, [(row, list(confirm(row))) for row in rows])
            _do(model_admin, request, label, operate, rows)
            return None

        run.__name__ = operate.__name__
        return run

    return decorate


def _do(model_admin: Any, request: HttpRequest, label: Sentence, operate: Operate, rows: list[Any]) -> None:
    done, refused = [], []
    for row in rows:
        name = str(row)
        try:
            with transaction.atomic():
                model_admin.check_open(row)
                operate(model_admin, request, row)
                if row.pk is not None:
                    model_admin.log_change(request, row, str(label))
        except DomainError as error:
            refused.append(f"{name}: {error}")
        else:
            done.append(name)
    if done:
        model_admin.message_user(request, f"{label}: {_named(done)}", messages.SUCCESS)
    for sentence in refused[:_NAMED]:
        model_admin.message_user(request, sentence, messages.ERROR)
    if len(refused) > _NAMED:
        rest = _("Refused too: %(n)d more.") % {"n": len(refused) - _NAMED}
        model_admin.message_user(request, rest, messages.ERROR)


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return _("%(names)s and more") % {"names": shown} if len(names) > _NAMED else shown


def _ask(
    model_admin: Any, request: HttpRequest, label: Sentence, rows: list[tuple[Any, list[Sentence]]]
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": label,
        "opts": model_admin.opts,
        "rows": rows,
        "action": request.POST["action"],
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)
