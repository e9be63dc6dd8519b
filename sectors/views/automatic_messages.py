"""The page of a sector's automatic messages."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from orgs.access import Member, requires
from sectors import operations
from sectors.forms.sectors import AutomaticForm
from sectors.message_variables import Variable, variables_of
from sectors.models import Moment, Sector
from sectors.operations.automatic_messages import texts_of

from .base import EditView
from .sectors import find


def _with_example(variables: Iterable[Variable], sector: Sector) -> list[Variable]:
    """Return the variables, with the sector's own name as the example of its variable."""
    return [replace(one, example=sector.name) if one.name == "sector.name" else one for one in variables]


class AutomaticMessagesEdit(EditView):
    """Change what a sector writes to contacts by itself."""

    form_class = AutomaticForm
    template_name = "sectors/automatic.html"
    context_object_name = "sector"
    find = staticmethod(find)

    def get_initial(self) -> dict[str, Any]:
        return AutomaticForm.initial_of(self.object, texts_of(self.object))

    def save(self, form: AutomaticForm, **based_on: Any) -> None:
        every = form.cleaned_data["waiting_every"]
        operations.set_automatic_messages(self.object, form.texts, waiting_every=every, **based_on)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context = super().get_context_data(**more)
        form, sector = context["form"], self.object
        context["moments"] = [
            (moment, form[moment.value], _with_example(variables_of(moment), sector), form.MEANINGS[moment])
            for moment in Moment
        ]
        return context


automatic = requires(Member.may_configure_some_sector)(AutomaticMessagesEdit.as_view())
