"""Base views of the pages that edit or archive one row, for sectors and what belongs to them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.forms import Form, model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView

from core.errors import Conflict, DomainError
from core.http import add_refusal, edit_in_place, form_version, success_toast
from orgs.access import Member, MemberRequest
from sectors import hooks
from sectors.archiving import MoveTicketsForm
from sectors.edit_conflicts import Difference, differences


class RowView(FormView):
    """A page with a form that changes one row by an operation."""

    request: MemberRequest
    object: Any
    #: The row's name in the URL and in the template.
    context_object_name: str
    #: Returns the row for a member and a key, or raises Http404; in a ``staticmethod``.
    find: Callable[[Member, UUID], Any]
    #: Changes the row; in a ``staticmethod``.
    operation: Callable[..., Any]

    def get_object(self) -> Any:
        """Return the row, if the member may change it. Raises Http404."""
        return self.find(self.request.member, self.kwargs[self.context_object_name])

    def get_success_url(self) -> str:
        return self.request.path

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.object = self.get_object()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**{"object": self.object, self.context_object_name: self.object}, **more)

    def show(self, form: Form, *, status: int, **more: Any) -> HttpResponse:
        """Return the page with a form that was refused."""
        return self.render_to_response(self.get_context_data(form=form, **more), status=status)


class EditView(RowView):
    """Edit a row (docs/rules.md, Editing).

    What is refused is shown again with status 422; an edit of an outdated version with 409, the saved version's
    number and what it would overwrite.
    """

    #: The form in place of the row in its list, if it can be edited there (docs/design.md, Editing in a list).
    in_place_template = ""

    def get_initial(self) -> dict[str, Any]:
        return model_to_dict(self.object, fields=self.get_form_class().base_fields)

    def is_valid(self, form: Any) -> bool:
        return form.is_valid()

    def save(self, form: Any, **based_on: Any) -> None:
        """Save the valid form; ``based_on``: the operation's ``by`` and ``expected_version``. Raises DomainError."""
        self.operation(self.object, **based_on, **form.cleaned_data)

    def differences(self, form: Any) -> list[Difference]:
        """Return what the form would overwrite in the row as it is saved now."""
        return differences(form, self.get_initial())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        if not self.is_valid(form):
            return self.show(form, status=422)
        try:
            self.save(form, by=self.request.actor, expected_version=form_version(request))
        except Conflict as error:
            self.object = self.get_object()
            form.add_error(None, str(error))
            return self.show(form, status=409, differences=self.differences(form))
        except DomainError as error:
            add_refusal(form, error)
            return self.show(form, status=422)
        success_toast(request, _("Saved."))
        return redirect(self.get_success_url())

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        version = self.object.modified_at.isoformat()
        return super().get_context_data(version=version, back_url=self.get_success_url(), **more)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if not (self.in_place_template and self.request.htmx):
            return super().render_to_response(context, **kwargs)
        row = f"{self.context_object_name}-{self.object.pk}"
        return edit_in_place(self.request, self.in_place_template, row, context["form"], context, **kwargs)


class ArchiveView(RowView):
    """Archive a queue or a sector; if it has open tickets, ask for the queue they go to.

    Subclasses define ``targets`` and ``get_success_url``.
    """

    form_class = MoveTicketsForm
    #: The URL that undoes it.
    restore_url: str

    def targets(self) -> QuerySet:
        """Return the queues that the open tickets can go to."""
        raise NotImplementedError

    @cached_property
    def open_tickets(self) -> hooks.OpenTickets:
        return hooks.open_tickets(**{self.context_object_name: self.object})

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"project": self.request.member.project, "taken": self.targets(), **super().get_form_kwargs()}

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        present = self.open_tickets
        if not present.any:
            more.setdefault("form", None)
        any_place = not present.any or self.targets().exists()
        return super().get_context_data(open=present, any_place=any_place, **more)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        # Without open tickets nothing is asked: the form only shows why the row can't be archived.
        valid, asked = form.is_valid(), self.open_tickets.any
        if asked and not valid:
            return self.show(form, status=422)
        try:
            self.operation(
                self.object, by=self.request.actor, move_to=form.cleaned_data["move_to"] if asked else None
            )
        except DomainError as error:
            add_refusal(form, error)
            return self.show(form, status=422)
        undo = reverse(self.restore_url, args=[self.request.member.project.pk, self.object.pk])
        sentence = _("%(name)s is archived. Its history stays.") % {"name": self.object.name}
        success_toast(request, sentence, undo=undo)
        return redirect(self.get_success_url())
