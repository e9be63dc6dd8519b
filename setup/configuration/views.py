"""The page that exports and imports a project's configuration."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.http import check_complete, form_of, success_toast
from core.validation import megabytes
from orgs.access import Member, MemberRequest, requires

from . import diff_texts
from .apply import apply_configuration, difference_of
from .diff import Difference
from .dump import configuration_of
from .problems import ConfigurationRefused
from .yaml_reader import MAX_BYTES, text_of_file
from .yaml_writer import as_yaml


class FileForm(forms.Form):
    """A file to compare with the project: uploaded or pasted."""

    file = forms.FileField(
        label=gettext_lazy("YAML file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ".yaml,.yml,application/yaml,text/yaml,text/plain"}
        ),
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono", "autocomplete": "off"}),
    )


def _content(form: FileForm) -> bytes | str:
    """Return the uploaded text, else the pasted one. Raises Invalid."""
    file = form.files.get("file")
    if file is not None:
        if (file.size or 0) > MAX_BYTES:
            raise Invalid(
                _("The file is larger than %(limit)s MB. Take texts out of it, or import it in parts.")
                % {"limit": megabytes(MAX_BYTES)},
                field="file",
            )
        return file.read()
    text = form.data.get("text", "")
    if not text.strip():
        raise Invalid(_("Choose a YAML file, or paste its text."), field="file")
    return text


def _configuration_page(
    request: HttpRequest, form: FileForm, difference: Difference | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "difference": difference, **more}
    if difference is not None:
        context |= {"sectors": diff_texts.shown(difference), "said": diff_texts.summary_text(difference)}
    return render(request, "setup/configuration.html", context, status=status)


def _compared(request: MemberRequest, content: bytes | str, status: int = 200, **more: Any) -> HttpResponse:
    """Show the diff between the project and a file, with the file's text."""
    difference = difference_of(request.member.project, content, by=request.actor)
    text = text_of_file(content).replace("\x00", "")
    form = FileForm(initial={"text": text})
    if difference.problems:
        status = 422 if status == 200 else status
    return _configuration_page(request, form, difference, status, text=text, **more)


@requires(Member.may_create_sectors)
def configuration(request: MemberRequest) -> HttpResponse:
    """Offer the export, and show what a file would change."""
    if request.method != "POST":
        return _configuration_page(request, FileForm())
    form = FileForm(request.POST, request.FILES)
    try:
        content = _content(form)
    except Invalid as error:
        form.add_error("file", str(error))
        return _configuration_page(request, form, status=422)
    return _compared(request, content)


@require_GET
@requires(Member.may_create_sectors)
def configuration_export(request: MemberRequest) -> HttpResponse:
    """Download the project's configuration."""
    member = request.member
    return HttpResponse(
        as_yaml(configuration_of(member.project)),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{member.project.slug or "configuration"}.yaml"'},
    )


@form_of("setup:configuration", "project")
@requires(Member.may_create_sectors)
def configuration_apply(request: MemberRequest) -> HttpResponse:
    """Apply the file whose diff was reviewed; if the diff has changed since, show the new one instead."""
    member = request.member
    text = request.POST.get("text", "")
    try:
        check_complete(request)
        done = apply_configuration(
            member.project,
            text,
            by=request.actor,
            fingerprint=request.POST.get("fingerprint", ""),
        )
    except ConfigurationRefused:
        return _compared(request, text)
    except NotAllowed:
        raise
    except DomainError as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _compared(request, text, status, refused=str(error))
    said = diff_texts.summary_text(done)
    success_toast(request, _("The file is applied: %(what)s.") % {"what": said} if said else _("Nothing to change."))
    return redirect("sectors:list", member.project.pk)
