"""How the access table says who gets what: a row for each method of an address."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.walk import INSIDE, OUTSIDE, World

OFFICE = {"administrator", "moderator"}
CONFIGURES = OFFICE | {"contributor"}
MANAGERS = {"manager", "other_manager"}
CHATS = CONFIGURES | MANAGERS | {"agent"}
OF_ORGANIZATION = {*INSIDE, *OUTSIDE} - {"other_organization"}
SIGNED_IN = {*INSIDE, *OUTSIDE}
CHOOSE = {"administrator", "removed", "left", "organization_viewer"}
READERS = {"reads", "administers", "sector_administers"}
SECTOR_PROGRAMS = {"administers", "sector_administers"}

Data = dict[str, Any] | Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """Who may do something, what they are answered, and who is answered otherwise than by the general rule.

    The general rule: whoever is inside without the right gets 403, outside 404, signed out the sign-in page (302) or,
    from an API, 401. ``data`` is sent along.
    """

    who: set[str]
    status: int = 200
    otherwise: dict[str, int] = field(default_factory=dict)
    data: Data = field(default_factory=dict)
    #: What is another's, and what is not there, is answered as what was done already.
    alike: bool = False
    #: An id alone names something, so that a token of the organization finds it in each of its projects.
    by_id_alone: bool = False


#: A manager of another sector sees neither this sector's settings nor its tickets.
UNSEEN = {"other_manager": 404}


def settings_of_a_sector(status: int, data: Data | None = None) -> Row:
    return Row(CONFIGURES | {"manager"}, status, UNSEEN, data or {})


def ticket(status: int = 200, data: Data | None = None) -> Row:
    return Row(CONFIGURES | {"manager", "agent"}, status, UNSEEN, data or {})


def of_organization(who: set[str], status: int = 200, data: Data | None = None) -> Row:
    refused = dict.fromkeys(OF_ORGANIZATION - who, 403)
    return Row(who, status, refused, data or {})


def sector_of(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"]), "name": "New"}


def tags_of(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"]), "names": ["New"]}


def sector_alone(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"])}


def pasted_tags(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"]), "text": "New"}


def tag_of(world: World) -> dict[str, Any]:
    return {"tags": [str(world.own["tag"])]}


def ticket_alone(world: World) -> dict[str, Any]:
    return {"tickets": [str(world.own["ticket"])]}


def other_contact(world: World) -> dict[str, Any]:
    return {"contact": str(world.own["other"])}


def many_closed(world: World) -> dict[str, Any]:
    return {"tickets": [str(world.own["ticket"])]} | tag_of(world)


def many_moved(world: World) -> dict[str, Any]:
    return {"tickets": [str(world.own["ticket"])], "queue": str(world.own["other_queue"])}


FLOW = Row({"opens"}, 200, dict.fromkeys(SIGNED_IN, 401) | dict.fromkeys(READERS, 403) | {"foreign": 404})


def flow(status: int, foreign: int = 404) -> Row:
    return Row(FLOW.who, status, FLOW.otherwise | {"foreign": foreign})


def reads(status: int = 200, foreign: int = 200) -> Row:
    """For tokens that read; those of several projects say which."""
    refused = dict.fromkeys(SIGNED_IN, 401) | {"opens": 403, "foreign": foreign}
    several = dict.fromkeys(["organization_reads", "organization_administers"], 400)
    return Row(READERS, status, refused | several)


def reads_one() -> Row:
    """For tokens that read: what they name says of which project it is."""
    refused = dict.fromkeys(SIGNED_IN, 401) | {"opens": 403, "foreign": 404}
    return Row(READERS, 200, refused, by_id_alone=True)


def rest(who: set[str], status: int = 200, data: Data | None = None, **otherwise: int) -> Row:
    return Row(who, status, otherwise, data or {})


def rest_office(status: int = 200, data: Data | None = None) -> Row:
    """For Administrators of the organization and its tokens that administer; a project's tokens are outside it."""
    refused = dict.fromkeys(OF_ORGANIZATION - {"administrator"}, 403)
    outside = dict.fromkeys([*READERS, "opens", "foreign"], 404)
    return Row({"administrator"}, status, refused | outside, data or {})


def rest_creating(status: int) -> Row:
    """For those who create projects; else as ``rest_office``."""
    row, who = rest_office(status), {"administrator", "organization_contributor"}
    return Row(who, status, {name: code for name, code in row.otherwise.items() if name not in who})


#: A program whose token may only open tickets does nothing here; one of another project finds nothing.
REST_SEES = CHATS | READERS
REST_SEES_SECTOR = REST_SEES - {"other_manager"}
REST_CHANGES_SECTOR = CONFIGURES | {"manager"} | SECTOR_PROGRAMS

#: Programs have no profile.
NO_PERSON = {"foreign": 403}

#: Names of addresses, by method the row.
Table = dict[str, dict[str, Row]]
