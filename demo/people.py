"""The people of the demo project who can sign in, and their password."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orgs.models import OrganizationRole, ProjectRole

#: Everybody's password. Demo data doesn't belong in an installation that others can reach.
PASSWORD = "weni-chats-demo"


@dataclass(frozen=True)
class Login:
    """A person of the demo project. ``what`` describes their role; names are generated at run time (``locale``).

    ``places`` maps a sector's name to the names of the person's queues; their shift is in the first sector.
    """

    email: str
    what: str
    locale: str = "en_US"
    organization_role: str = OrganizationRole.VIEWER
    project_role: str = ProjectRole.ATTENDANT
    manages: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paused: str = ""


def _agent(number: int, locale: str, what: str, *, paused: str = "", **places: tuple[str, ...]) -> Login:
    names = {"Helpline_24_7": "Helpline 24/7"}
    return Login(
        email=f"agent{number}@example.org",
        what=what,
        locale=locale,
        places={names.get(sector, sector): queues for sector, queues in places.items()},
        paused=paused,
    )


LOGINS: tuple[Login, ...] = (
    Login(
        "admin@example.org",
        "administrator: the whole project",
        organization_role=OrganizationRole.ADMINISTRATOR,
        project_role=ProjectRole.MODERATOR,
    ),
    Login(
        "editor@example.org",
        "Contributor: configures sectors, sees the whole project",
        "es_MX",
        project_role=ProjectRole.CONTRIBUTOR,
    ),
    Login("manager.suporte@example.org", "manager of Suporte and Entregas", "pt_BR", manages=("Suporte", "Entregas")),
    Login("manager.ventas@example.org", "manager of Ventas", "es_MX", manages=("Ventas",)),
    Login(
        "manager.helpline@example.org",
        "manager of Helpline 24/7 and Billing",
        manages=("Helpline 24/7", "Billing"),
    ),
    _agent(1, "en_US", "agent of Helpline 24/7, which never closes", Helpline_24_7=("General",)),
    _agent(2, "es_MX", "agent of Helpline 24/7 and Ventas", Helpline_24_7=("General",), Ventas=("Pedidos",)),
    _agent(3, "en_US", "agent of Billing", Billing=("Invoices", "Refunds")),
    _agent(4, "pt_BR", "agent of Suporte", Suporte=("Primeiro nível", "Técnico")),
    _agent(5, "pt_BR", "agent of Suporte and Entregas", Suporte=("Primeiro nível",), Entregas=("Rastreamento",)),
    _agent(6, "es_MX", "agent of Ventas", Ventas=("Nuevos clientes", "Pedidos")),
    _agent(7, "pt_BR", "agent of Entregas", Entregas=("Rastreamento", "Ocorrências")),
    _agent(8, "en_US", "agent of Helpline 24/7, on a pause", paused="Lunch", Helpline_24_7=("Incidents",)),
    Login("viewer@example.org", "Viewer of the project: no access to Chats", project_role=ProjectRole.VIEWER),
)

#: Operates the installation and belongs to no project. Created only in an installation with nothing but demo data.
OPERATOR = Login("operator@example.org", "operator: the back office at /admin/")
