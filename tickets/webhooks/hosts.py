"""Hosts of callbacks: paused by people, or failing (docs/flow.md, Callbacks).

A host that fails for several deliveries in a row opens its circuit, for all projects and workers: what is to be sent
there waits, without spending its attempts, while one delivery at a time finds out whether it answers.

Lock order: the ticket's row, the pause's, the circuit's, then deliveries; those of several tickets by id
(``lock_deliveries``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import QuerySet

from tickets.models import HOST_LENGTH, Delivery, DeliveryState, Failure, Held, HostCircuit, HostPause

from .transport import Outcome

#: Deliveries that fail in a row until the circuit opens.
THRESHOLD = 5
#: Seconds until a probe after the circuit has opened, then after the first, second, … failed one.
_PROBES = (5, 10, 20, 40, 60)
#: What is held looks again by itself after so long, in case nobody tells it.
_LOOK_AGAIN = {Held.CIRCUIT: timedelta(minutes=5), Held.PAUSE: timedelta(hours=1)}
_DOWN = frozenset({Failure.TIMEOUT, Failure.CUT_OFF, Failure.UNREACHABLE})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Hold:
    """Why a delivery has to wait, and until when at most."""

    why: Held
    until: datetime


def host_of(url: str) -> str:
    """Return the host of a callback's address, with its port unless it is the usual one; empty if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    shown = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return (shown if port in (None, _PORTS[parts.scheme]) else f"{shown}:{port}")[:HOST_LENGTH]


def hold_for(project_id: UUID, host: str, now: datetime, lease: timedelta) -> Hold | None:
    """Return why a delivery to the host has to wait; None if it may be sent now.

    While a circuit is open, one caller may: it is the probe, and for ``lease`` the only one.
    """
    if HostPause.objects.select_for_update(no_key=True).filter(project=project_id, host=host).first():
        return Hold(Held.PAUSE, now + _LOOK_AGAIN[Held.PAUSE])
    circuit = HostCircuit.objects.select_for_update(no_key=True).filter(host=host, opened_at__isnull=False).first()
    if circuit is None or circuit.probe_at is None:
        return None
    if circuit.probe_at > now:
        return Hold(Held.CIRCUIT, now + _LOOK_AGAIN[Held.CIRCUIT])
    circuit.probe_at = now + lease
    circuit.save(update_fields=["probe_at"])
    return None


def lock_circuit(host: str) -> HostCircuit | None:
    """Lock the row of a host that fails; None if it does not."""
    return HostCircuit.objects.select_for_update(no_key=True).filter(host=host).first()


def lock_deliveries(rows: QuerySet[Delivery]) -> None:
    """Lock deliveries of several tickets before they are updated, which by itself takes them in any order."""
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def note(host: str, delivery_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Count a failure of the host, or close its circuit because it has answered."""
    if outcome.failure in _DOWN or (outcome.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _note_failure(host, delivery_id, now)
    elif outcome.status is not None or outcome.delivered:
        _note_answer(host, now)


def _note_failure(host: str, delivery_id: UUID, now: datetime) -> None:
    HostCircuit.objects.bulk_create([HostCircuit(host=host)], ignore_conflicts=True)
    circuit = lock_circuit(host)
    if circuit is None:
        # It has answered somebody else at this moment.
        return
    if circuit.opened_at is not None or circuit.last_delivery != delivery_id:
        circuit.failures += 1
    circuit.last_delivery = delivery_id
    if circuit.failures >= THRESHOLD:
        circuit.opened_at = circuit.opened_at or now
        pause = _PROBES[min(circuit.failures - THRESHOLD, len(_PROBES) - 1)]
        circuit.probe_at = now + timedelta(seconds=pause)
    circuit.save()


def _note_answer(host: str, now: datetime) -> None:
    circuit = HostCircuit.objects.select_for_update().filter(host=host).first()
    if circuit is None:
        return
    circuit.delete()
    held = Delivery.objects.filter(host=host, held=Held.CIRCUIT, state=DeliveryState.SENDING)
    lock_deliveries(held)
    held.update(held="", next_attempt_at=now)


def tickets_to_probe(now: datetime) -> list[UUID]:
    """Return for each host whose probe is due a ticket that waits for it."""
    hosts = HostCircuit.objects.filter(probe_at__lte=now).values("host")
    rows = Delivery.objects.filter(host__in=hosts, held=Held.CIRCUIT, state=DeliveryState.SENDING)
    return list(rows.order_by("host", "created_at").distinct("host").values_list("ticket", flat=True))
