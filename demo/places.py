"""The demo project's sectors: names, hours, queues, tags, and their load over time."""

from dataclasses import dataclass, field

from sectors.hours.schedule import Range

Week = tuple[tuple[Range, ...], ...]


def _time(hours: float) -> int:
    return int(hours * 60)


def _week(weekdays: tuple[Range, ...], saturday: tuple[Range, ...] = (), sunday: tuple[Range, ...] = ()) -> Week:
    return (weekdays,) * 5 + (saturday, sunday)


@dataclass(frozen=True)
class QueuePlan:
    """A queue and its share of the sector's tickets."""

    name: str
    share: float


@dataclass(frozen=True)
class Attending:
    """The service rules of a demo sector, in minutes (docs/rules.md, Service rules)."""

    waiting_target: int
    retag_for: int
    give_back_after: int | None = None
    warn_after: int | None = None
    warn_text: str = ""
    close_after: int | None = None


@dataclass(frozen=True)
class SectorPlan:
    """A sector of the demo.

    ``share``: of all tickets. ``peaks``: (local hour, width in hours, height) over a base of 0.25. ``weekdays``:
    factor of each, Monday first. ``shifts``: (start, end, start of break) in minutes of the local day, assigned to
    the staff in turn. ``attending``: its service rules, if any. ``team``: minimum number of people besides those with
    a login. ``languages``: of its contacts, with weights. ``silent_tag``: for contacts who stop answering.
    """

    name: str
    timezone: str
    limit: int
    share: float
    locale: str
    languages: dict[str, float]
    queues: tuple[QueuePlan, ...]
    tags: tuple[str, ...]
    silent_tag: str
    peaks: tuple[tuple[float, float, float], ...]
    shifts: tuple[tuple[int, int, int], ...]
    weekdays: tuple[float, ...]
    week: Week = ((),) * 7
    always_open: bool = False
    team: int = 1
    attending: Attending | None = None
    reasons: tuple[str, ...] = field(default=("Lunch", "Wrapping up"))


SECTORS: tuple[SectorPlan, ...] = (
    SectorPlan(
        name="Helpline 24/7",
        timezone="America/New_York",
        limit=3,
        share=0.22,
        locale="en_US",
        languages={"en": 0.75, "es": 0.25},
        queues=(QueuePlan("General", 0.75), QueuePlan("Incidents", 0.25)),
        tags=("Information given", "Account unlocked", "Outage", "Passed on", "No reply"),
        silent_tag="No reply",
        peaks=((10, 2.5, 1.0), (16, 3, 0.8), (21, 2, 0.5)),
        shifts=(
            (_time(-0.25), _time(8.25), _time(3.5)),
            (_time(7.75), _time(16.25), _time(12)),
            (_time(15.75), _time(24.25), _time(19.5)),
        ),
        weekdays=(1.1, 1.0, 1.0, 1.0, 1.05, 0.8, 0.75),
        always_open=True,
        team=5,
        # Its agents are kept online with nobody there: no rule may return or close tickets that they don't answer.
        attending=Attending(waiting_target=10, retag_for=60),
    ),
    SectorPlan(
        name="Suporte",
        timezone="America/Sao_Paulo",
        limit=2,
        share=0.28,
        locale="pt_BR",
        languages={"pt": 1.0},
        queues=(QueuePlan("Primeiro nível", 0.7), QueuePlan("Técnico", 0.3)),
        tags=("Senha redefinida", "Dúvida de uso", "Falha no aplicativo", "Integração", "Sem resposta"),
        silent_tag="Sem resposta",
        peaks=((9.5, 1.5, 1.2), (14.5, 2, 1.0)),
        shifts=((_time(7.9), _time(17.2), _time(12)), (_time(8.9), _time(18.2), _time(12.5))),
        weekdays=(1.35, 1.1, 1.0, 1.0, 0.95, 0.6, 0),
        week=_week(((_time(8), _time(12)), (_time(13), _time(18))), ((_time(9), _time(13)),)),
        team=1,
        reasons=("Almoço", "Encerrando"),
    ),
    SectorPlan(
        name="Ventas",
        timezone="America/Mexico_City",
        limit=3,
        share=0.24,
        locale="es_MX",
        languages={"es": 1.0},
        queues=(QueuePlan("Nuevos clientes", 0.55), QueuePlan("Pedidos", 0.45)),
        tags=("Venta realizada", "Cotización enviada", "Cambio de pedido", "Producto agotado", "Sin respuesta"),
        silent_tag="Sin respuesta",
        peaks=((11, 2, 1.0), (17, 2.5, 1.2)),
        shifts=((_time(8.9), _time(17), _time(14)), (_time(12), _time(20.2), _time(15.5))),
        weekdays=(1.0, 0.95, 1.0, 1.05, 1.3, 1.25, 0),
        week=_week(((_time(9), _time(20)),), ((_time(10), _time(18)),)),
        team=1,
        reasons=("Comida", "Cerrando"),
    ),
    SectorPlan(
        name="Billing",
        timezone="America/New_York",
        limit=2,
        share=0.12,
        locale="en_US",
        languages={"en": 1.0},
        queues=(QueuePlan("Invoices", 0.6), QueuePlan("Refunds", 0.4)),
        tags=("Invoice sent", "Payment failed", "Plan changed", "Refund approved", "Refund declined", "No reply"),
        silent_tag="No reply",
        peaks=((10, 1.5, 1.0), (14, 2, 0.8)),
        shifts=((_time(8.9), _time(17.1), _time(12.25)),),
        weekdays=(1.3, 1.05, 1.0, 1.0, 0.9, 0, 0),
        week=_week(((_time(9), _time(17)),)),
        team=0,
        attending=Attending(
            waiting_target=5,
            retag_for=240,
            give_back_after=10,
            warn_after=30,
            warn_text="Are you still there? If we don't hear from you, we will close this conversation.",
            close_after=60,
        ),
    ),
    SectorPlan(
        name="Entregas",
        timezone="America/Sao_Paulo",
        limit=3,
        share=0.14,
        locale="pt_BR",
        languages={"pt": 1.0},
        queues=(QueuePlan("Rastreamento", 0.65), QueuePlan("Ocorrências", 0.35)),
        tags=("Pedido localizado", "Entrega reagendada", "Endereço corrigido", "Produto avariado", "Sem resposta"),
        silent_tag="Sem resposta",
        peaks=((18, 2, 1.0), (21.5, 2, 1.3)),
        shifts=((_time(13.9), _time(20.5), _time(17)), (_time(18), _time(26.3), _time(22))),
        weekdays=(0.95, 0.95, 1.0, 1.05, 1.3, 1.3, 0.8),
        week=_week(((_time(14), _time(26)),), ((_time(14), _time(26)),), ((_time(16), _time(23)),)),
        team=1,
        reasons=("Intervalo", "Encerrando"),
    ),
)
