"""The log of a project's callbacks: filters from the query string, the deliveries that match, the hosts."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from core.log_filters import PeriodFilter, ZonedPeriodForm
from core.pagination import Keyset
from orgs.models import Project
from tickets.models import HOST_LENGTH, Delivery, DeliveryState, HostCircuit, HostPause

OLDEST_FIRST = Keyset("created_at", "id")
#: Hosts listed; a project has one or two.
_HOSTS = 20

# Steps from one host to the next by the index ``delivery_log_host``, whatever the number of deliveries.
_DISTINCT_HOSTS = """
WITH RECURSIVE found AS (
    (SELECT host FROM tickets_delivery WHERE project_id = %(project)s AND host > '' ORDER BY host LIMIT 1)
    UNION ALL
    SELECT (SELECT d.host FROM tickets_delivery d
             WHERE d.project_id = %(project)s AND d.host > found.host ORDER BY d.host LIMIT 1)
      FROM found WHERE found.host IS NOT NULL
)
SELECT host FROM found WHERE host IS NOT NULL LIMIT %(most)s
"""


@dataclass(frozen=True, kw_only=True)
class CallbackFilter(PeriodFilter):
    """Filters of the log."""

    state: str = ""
    host: str = ""


class CallbackFilterForm(ZonedPeriodForm):
    """Parses the filters from a query string."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *((value, label) for value, label in DeliveryState.choices if value)],
    )
    host = forms.ChoiceField(label=_("Host"), required=False)

    def __init__(self, data: Any, *, hosts: list[str], zone: str) -> None:
        super().__init__(data, zone=zone)
        self.fields["host"] = forms.ChoiceField(
            label=_("Host"), required=False, choices=[("", _("All")), *((host, host) for host in hosts)]
        )

    def asked(self) -> CallbackFilter:
        """Return the filters; only for a valid form."""
        c = self.cleaned_data
        return CallbackFilter(state=c["state"], host=c["host"], **self.period())


def matching(project: Project, asked: CallbackFilter) -> QuerySet[Delivery]:
    """Return the deliveries of a project that match the filters, unordered."""
    rows = Delivery.objects.filter(project=project).order_by()
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.host:
        rows = rows.filter(host=asked.host[:HOST_LENGTH])
    return rows.filter(asked.within("created_at"))


def failed_deliveries(project: Project, asked: CallbackFilter) -> QuerySet[Delivery]:
    """Return the failed ones among them, whatever state is asked for."""
    return matching(project, replace(asked, state=DeliveryState.FAILED))


@dataclass(frozen=True)
class Host:
    """A host that a project's callbacks go to, how many wait for it, and why."""

    name: str
    waiting: int
    pause: HostPause | None
    circuit: HostCircuit | None


def hosts_of(project: Project) -> list[str]:
    """Return the hosts that callbacks of the project have gone to, by name. One query, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT_HOSTS, {"project": project.pk, "most": _HOSTS})
        return [host for (host,) in cursor.fetchall()]


def states_of(project: Project, names: list[str]) -> list[Host]:
    """Return the state of these hosts. Three queries."""
    sending = Delivery.objects.filter(project=project, state=DeliveryState.SENDING).order_by()
    waiting = dict(sending.values_list("host").annotate(count=Count("pk")))
    pauses = {row.host: row for row in HostPause.objects.filter(project=project).select_related("by")}
    circuits = {row.host: row for row in HostCircuit.objects.filter(host__in=names, opened_at__isnull=False)}
    return [Host(name, waiting.get(name, 0), pauses.get(name), circuits.get(name)) for name in names]
