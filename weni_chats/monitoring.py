"""Metrics in Prometheus format (docs/operations.md, Figures for monitoring).

Counts over the whole installation, read from the database at each request, so every process answers alike. They
reveal nothing about a customer.
"""

import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from orgs.access import public
from queues.models import AgentStatus, Status
from tickets.models import (
    Attachment,
    Delivery,
    DeliveryState,
    FetchState,
    IntakeCorrection,
    SweepCatch,
    Ticket,
)


class Figures(Collector):
    """Current gauges, and totals of what the sweep has caught."""

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics; a constant number of queries."""
        yield CounterMetricFamily(
            "weni_routing_sweep_caught",
            "Tickets that waited beside an eligible agent until the sweep found them; more than 0 is a fault.",
            value=SweepCatch.objects.count(),
        )
        corrected = CounterMetricFamily(
            "weni_intake_corrections",
            "What had to be corrected in requests of the flow to be kept, by kind.",
            labels=["kind"],
        )
        amounts = dict(IntakeCorrection.objects.order_by().values_list("kind").annotate(Sum("amount")))
        for kind in IntakeCorrection.Kind.values:
            corrected.add_metric([kind], amounts.get(kind, 0))
        yield corrected
        line = Ticket.objects.waiting().order_by().aggregate(length=Count("pk"), first=Min("queued_at"))
        yield GaugeMetricFamily("weni_tickets_waiting", "Tickets that wait in a line.", value=line["length"])
        yield GaugeMetricFamily(
            "weni_tickets_longest_wait_seconds",
            "Since when the ticket waits that has waited longest; 0 if none does.",
            value=(timezone.now() - line["first"]).total_seconds() if line["first"] else 0,
        )
        yield GaugeMetricFamily(
            "weni_tickets_active", "Tickets that an agent attends.", value=Ticket.objects.active().count()
        )
        online = AgentStatus.objects.filter(status=Status.ONLINE, then_pause=False)
        yield GaugeMetricFamily("weni_agents_online", "Agents who take tickets.", value=online.count())
        pending = Delivery.objects.filter(state=DeliveryState.SENDING)
        yield GaugeMetricFamily(
            "weni_callbacks_pending", "Answers that have not reached the flow engine yet.", value=pending.count()
        )
        files = Attachment.objects.filter(state=FetchState.PENDING)
        yield GaugeMetricFamily(
            "weni_media_pending", "Files of contacts that have not been fetched yet.", value=files.count()
        )


def _is_authorized(request: HttpRequest) -> bool:
    kind, _blank, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics for a request with the operator's METRICS_TOKEN; 404 for any other."""
    if not settings.METRICS_TOKEN or not _is_authorized(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type, headers={"Cache-Control": "private, no-store"})


_migrated = False


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness: the process responds."""
    return JsonResponse({"status": "ok"})


@public
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: the database responds and is fully migrated; 503 otherwise, without details for strangers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ready = _is_migrated()
    except DatabaseError:
        ready = False
    return JsonResponse({"status": "ok" if ready else "unavailable"}, status=200 if ready else 503)


def _is_migrated() -> bool:
    """Whether all migrations are applied; a yes is cached, since a process's migrations don't change."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
