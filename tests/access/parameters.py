"""Ids that do not stand in the path: which parameter of which address names what, in query, body and bulk lists.

A parameter that an address reads and that is neither here nor among the plain ones fails (test_parameters.py); so
does an id in the description of the API that no case here covers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.walk import World

#: Names that carry no id, wherever they are read.
PLAIN = {
    "_method", "confirmed", "csrfmiddlewaretoken", "whole", "version", "next", "q", "all", "page", "archived",
    "name", "first_name", "last_name", "email", "emails", "password", "role", "theme", "language", "sound",
    "browser_notifications", "queue_name", "ticket_limit", "active_messages", "timezone", "always_open",
    "text", "note", "status", "reason", "filter", "again", "match", "contact", "protocol", "from", "to", "counted",
    "only", "weekday", "hour", "clock", "year", "figure", "country", "region", "day", "chosen", "limit", "at",
    "hours", "yearly", "opened_from", "opened_before", "closed_from", "closed_before", "what", "who", "zone",
    "expiry", "once", "cursor", "ended", "scopes", "date", "label", "shortcut", "required",
    "project_role", "daily_minutes", "after_tickets", "menu", "on_hold", "max_waiting", "step", "on",
    "description", "color", "pasted", "give_back_after", "warn_after", "warn_text", "close_after", "waiting_target",
    "move_on_after", "retag_for", "agents_read_earlier", "fingerprint", "late", "state", "part", "order",
}  # fmt: skip
_READING = (
    "external:rooms",
    "external:listed_rooms",
    "external:listed_rooms_count",
    "external:room_metrics",
    "external:msgs",
    "external:room_messages",
    "external:agents",
    "external:agent",
    "external:agent_states",
    "external:agent_state",
    "external_v2:room_metrics",
)
_OF_READING = frozenset(
    {
        "after",
        "before",
        "offset",
        "page_size",
        "urn",
        "external_ids",
        "search",
        "ordering",
        "is_active",
        "user",
        "created_on__gte",
        "created_on__lte",
        "ended_at__gte",
        "ended_at__lte",
        "start_date",
        "end_date",
        "agent",
    }
)
_STARTING = ("new", "several", "people", "flows", "preview")
#: Names that carry no id where these addresses read them: names of tags, an address to go on from, numbers of lines.
PLAIN_OF = {
    "setup:sector_new": {"tags"},
    "setup:sector_copy": {"agents", "managers"},
    "orgs:organization_members": {"after", "before", "invited_after", "invited_before"},
    "orgs:project_members": {"after", "before", "invited_after", "invited_before"},
    "orgs:organization": {"after", "before"},
    # A file that was read already, as it goes along from step to step.
    **{f"sectors:{page}": {"content"} for page in ("quick_import", "sector_quick_import")},
    "tickets:agents": {"after", "before"},
    "tickets:callbacks": {"after", "before", "host"},
    # Flows are the engine's.
    **{f"active_messages:{page}": {"flow", "flow_q", "people", "search", "person", "left_out"} for page in _STARTING},
    "active_messages:engine": {"address", "token", "starters", "number_scheme", "hourly_limit"},
    "tickets:callbacks_again": {"host", "query"},
    "tickets:callbacks_pause": {"host", "paused"},
    "tickets:find": {"newer"},
    "tickets:message": {"key"},
    "tickets:presence": {"state"},
    "sectors:list": {"after", "before"},
    "sectors:automatic": {
        "opening",
        "waiting",
        "waiting_every",
        "assignment",
        "closing",
        "closed",
        "when_closed",
    },
    # Lists, and the forms on them that have an address of their own.
    **{name: {"after", "before"} for name in ("queues:list", "queues:new", "orgs:project_new")},
    **{
        f"orgs:{of}_token_new": {"after", "before", "ended_after", "ended_before"}
        for of in ("project", "organization")
    },
    "setup:connect": {"type"},
    # Which of the project's places the page shows an example for.
    "setup:test_ticket": {"type", "place"},
    "setup:token_create": {"type", "place"},
    "external:queues": {"offset"},
    **dict.fromkeys(_READING, _OF_READING),
    "external:room_agent": {"agent"},
    "external:sectors": {"offset"},
    "tags:list": {"tags", "after", "before"},
    "tags:import": {"after", "before"},
    "rest:ticket_lines": {"after", "before"},
}
PLAIN_LIKE = re.compile(r"(opens|closes|copy|closed)-\w+")

Data = dict[str, Any]


@dataclass(frozen=True)
class Param:
    """A parameter that names something: of which address and method, what, and what else to send so that it counts.

    ``several``: a list. ``form``: how an id is written. ``cursor``: it only says where a list goes on, so any id is
    as good as another. ``beside``: something of another sector of the project is a fair choice for everybody.
    ``within``: the list of things, of which one is sent, that it is a part of (with the rest of ``data``).
    """

    name: str
    method: str
    param: str
    kind: str
    several: bool = False
    data: Callable[[World], Data] = lambda world: {}
    form: str = "{}"
    cursor: bool = False
    beside: bool = False
    not_asked: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    within: str = ""

    @property
    def title(self) -> str:
        """What a test of it is called."""
        return f"{self.method} {self.name} {self.param} {self.kind}"


def _new_sector(world: World) -> Data:
    return {
        "name": "New one", "queue_name": "First", "tags": ["Done"], "ticket_limit": "3", "timezone": "UTC",
        "always_open": "on", "whole": "1",
    }  # fmt: skip


def _sector(world: World) -> Data:
    version = _version("sectors", "Sector", world.own["sector"])
    return {"name": "Renamed", "ticket_limit": "3", "timezone": "UTC", "always_open": "on", "version": version}


def _queue(world: World) -> Data:
    return {"name": "Renamed", "version": _version("queues", "Queue", world.own["queue"])}


def _version(app: str, model: str, pk: Any) -> str:
    from django.apps import apps

    return apps.get_model(app, model)._default_manager.get(pk=pk).modified_at.isoformat()


def _addresses(world: World) -> Data:
    return {"emails": "new@example.org", "role": "viewer", "project_role": "attendant"}


def _rest_addresses(world: World) -> Data:
    return {"emails": ["new@example.org"], "role": "viewer"}


def _named(world: World) -> Data:
    return {"name": "New one"}


def _in_sector(world: World) -> Data:
    return {"name": "New one", "sector": str(world.own["sector"])}


def _token(world: World) -> Data:
    return {"name": "New one", "scopes": ["read"], "expiry": "30", "once": str(uuid4())}


def _rest_token(world: World) -> Data:
    return {"name": "New one", "scopes": ["read"]}


def _quick(world: World) -> Data:
    return {"messages": [{"shortcut": "new", "text": "Hello"}]}


def _quick_message(world: World) -> Data:
    return {
        "shortcut": "hello",
        "text": "Renamed",
        "version": _version("sectors", "QuickMessage", world.own["quick"]),
    }


def _quick_file(world: World) -> Data:
    return {"content": "shortcut,text\nnew,Hello"}


def _tag_names(world: World) -> Data:
    return {"names": ["New one"]}


def _limits(world: World) -> Data:
    return {"limit": "2", "version": _version("sectors", "Sector", world.own["sector"])}


def _attending(world: World) -> Data:
    return {"close_after": "15", "version": _version("sectors", "Sector", world.own["sector"])}


def _rest_attending(world: World) -> Data:
    return {"close_after": 15}


def _limit(world: World) -> Data:
    return {"ticket_limit": 2}


def _pasted(world: World) -> Data:
    return {"text": "New one"}


def _contact(world: World) -> Data:
    return {"contact": {"external_id": "somebody", "name": "Somebody", "urn": "test:somebody"}}


def _message(world: World) -> Data:
    return {"text": "Hello", "direction": "incoming"}


def _rest_sector(world: World) -> Data:
    return {"name": "New one", "queue": "First", "tags": ["Done"], "always_open": True, "timezone": "UTC"}


def _own_ticket(world: World) -> Data:
    return {"tickets": [str(world.own["ticket"])]}


def _own_tag(world: World) -> Data:
    return {"tags": [str(world.own["tag"])]}


def _active(world: World) -> Data:
    return {"state": "active"}


def _own_queue(world: World) -> Data:
    return {"queue": str(world.own["other_queue"])}


def _own_place(world: World) -> Data:
    return {"to": f"queue:{world.own['other_queue']}"}


def _note(world: World) -> Data:
    return {"text": "A note", "note": "1"}


EVERYBODY = frozenset({"administrator", "manager", "agent", "administers", "sector_administers", "opens"})

#: Of the pages with the same form of filters, those where everybody is tried.
_FORMS = {"reports:history"}
_FILTERS = [
    Param(name, "GET", param, kind, several, skipped=frozenset() if name in _FORMS else frozenset({"administrator"}))
    for name in ("reports:history", "reports:export_csv", "reports:export_xlsx", "reports:dashboard", "reports:now")
    for param, kind, several in (
        ("sector", "sector", False),
        ("queue", "queue", False),
        ("agent", "attendee", False),
        ("tags", "tag", True),
        ("also", "tag", True),
        ("attended", "attendee", True),
    )
]
_KEY = "2020-01-01T00:00:00+00:00,{}"

PARAMS: list[Param] = [
    Param("setup:sector_new", "POST", "managers", "user", True, _new_sector),
    Param("setup:sector_new", "POST", "agents", "user", True, _new_sector),
    Param("setup:test_ticket", "POST", "sector", "sector"),
    Param("sectors:detail", "POST", "managers", "user", True, _sector, not_asked=frozenset({"manager"})),
    Param("queues:new", "POST", "agents", "user", True, _named),
    Param("queues:detail", "POST", "agents", "user", True, _queue),
    Param("queues:archive", "POST", "move_to", "other_queue"),
    Param("sectors:archive", "POST", "move_to", "queue_elsewhere"),
    Param("sectors:limits", "POST", "people", "user", True, _limits),
    Param("tags:merge", "POST", "into", "other_tag"),
    Param("tickets:agents", "GET", "sector", "sector"),
    Param("tickets:attending", "POST", "close_tag", "tag", data=_attending),
    Param("tickets:waiting", "GET", "sector", "sector"),
    Param("tickets:waiting", "GET", "queue", "queue"),
    Param("tickets:waiting", "GET", "agent", "attendee", data=_active),
    Param("tickets:waiting_agents", "GET", "sector", "sector"),
    Param("tickets:waiting_agents", "GET", "queue", "queue"),
    Param("tickets:waiting", "GET", "before", "ticket", form=_KEY, cursor=True),
    Param("tickets:waiting", "GET", "after", "ticket", form=_KEY, cursor=True),
    # Of each of many tickets there is an answer of its own, of one that is out of sight too.
    Param("tickets:close_many", "GET", "tickets", "ticket", True),
    Param("tickets:close_many", "POST", "tickets", "ticket", True, _own_tag, not_asked=EVERYBODY),
    Param("tickets:close_many", "POST", "tags", "tag", True, _own_ticket),
    Param("tickets:transfer_many", "GET", "tickets", "ticket", True),
    Param("tickets:transfer_many", "POST", "tickets", "ticket", True, _own_place, not_asked=EVERYBODY),
    Param("tickets:transfer_many", "POST", "to", "other_queue", data=_own_ticket, form="queue:{}", beside=True),
    Param("tickets:transfer_many", "POST", "to", "eligible", data=_own_ticket, form="agent:{}"),
    Param("tickets:close", "POST", "tags", "tag", True),
    Param("tickets:close", "GET", "tags", "tag", True),
    Param("tickets:tags", "GET", "tickets", "ticket", True),
    Param("tickets:tags", "GET", "tags", "tag", True, _own_ticket),
    Param("tickets:late", "GET", "ticket", "ticket", True),
    Param("tickets:message", "POST", "uploads", "upload", True),
    # The ticket at hand is open, so nobody's tag is taken (tests/tickets/test_retagging.py has a closed one).
    Param("tickets:retag", "POST", "tags", "tag", True, cursor=True),
    Param("tickets:message", "POST", "mentions", "attendee", True, _note),
    # A note that calls somebody else, or none, changes nothing and is answered alike.
    Param("tickets:mentions_seen", "POST", "messages", "message", True, not_asked=EVERYBODY),
    Param("tickets:transfer", "POST", "to", "other_queue", form="queue:{}", beside=True),
    Param("tickets:transfer", "POST", "to", "eligible", form="agent:{}"),
    Param("tickets:desk", "GET", "open", "ticket", cursor=True),
    Param("tickets:worklist", "GET", "open", "ticket", cursor=True),
    Param("tickets:lines", "GET", "history", "message", form=_KEY, cursor=True),
    Param("tickets:lines", "GET", "onward_history", "message", form=_KEY, cursor=True),
    Param("tickets:lines", "GET", "onward", "message", cursor=True),
    Param("tickets:lines", "GET", "around", "message"),
    Param("tickets:find", "GET", "beside", "message", cursor=True),
    Param("tickets:lines", "GET", "before", "message", cursor=True),
    Param("tickets:lines", "GET", "after", "message", cursor=True),
    Param("reports:history", "GET", "before", "ticket", form=_KEY, cursor=True),
    Param("reports:history", "GET", "after", "ticket", form=_KEY, cursor=True),
    Param("reports:ticket", "GET", "after", "message", cursor=True),
    *_FILTERS,
    # Tokens and the audit log
    Param("orgs:project_token_new", "POST", "reach", "sector", data=_token),
    Param("orgs:organization_token_new", "POST", "reach", "other_project", data=_token),
    Param("orgs:organization_members", "POST", "project", "other_project", data=_addresses),
    *(
        Param(f"orgs:{place}_audit{end}", "GET", "thing", kind)
        for place, kind in (("project", "sector"), ("organization", "far_sector"))
        for end in ("", "_csv")
    ),
    *(
        Param(f"orgs:{place}_tokens", "GET", name, "token", form=_KEY, cursor=True)
        for place in ("project", "organization")
        for name in ("after", "before", "ended_after", "ended_before")
    ),
    *(
        Param(f"orgs:{place}_members", "GET", name, "invitation", form=_KEY, cursor=True)
        for place in ("project", "organization")
        for name in ("invited_after", "invited_before")
    ),
    *(
        Param(f"orgs:{place}_audit", "GET", name, "token", form=_KEY, cursor=True)
        for place in ("project", "organization")
        for name in ("after", "before")
    ),
    # The flow engine
    Param("external:rooms", "POST", "sector_uuid", "sector", data=_contact),
    Param("external:rooms", "POST", "queue_uuid", "queue", data=_contact),
    Param("external:msgs", "POST", "room", "ticket", data=_message),
    *(
        Param(f"external{version}:{name}", "GET", place, place)
        for version, name in (
            ("", "rooms"),
            ("", "listed_rooms"),
            ("", "listed_rooms_count"),
            ("", "room_metrics"),
            ("", "agents"),
            ("", "agent"),
            ("", "agent_states"),
            ("", "agent_state"),
            ("_v2", "room_metrics"),
        )
        for place in ("sector", "queue", "project")
    ),
    Param("external:msgs", "GET", "room", "ticket"),
    Param("external:msgs", "GET", "contact", "contact"),
    Param("external:room_messages", "GET", "room", "ticket"),
    Param("external:room_messages", "GET", "contact", "contact"),
    Param("external:queues", "GET", "sector", "sector"),
    Param("external:queues", "GET", "after", "queue", cursor=True),
    Param("external:queues", "GET", "before", "queue", cursor=True),
    Param("external:sectors", "GET", "after", "sector", cursor=True),
    Param("external:sectors", "GET", "before", "sector", cursor=True),
    Param("tickets:files", "GET", "of", "file", beside=True),
    # Nothing is started here: the engine does not answer.
    Param("active_messages:new", "GET", "contact", "contact"),
    Param("active_messages:new", "GET", "sector", "sector", cursor=True),
    Param("active_messages:new", "POST", "sector", "sector", cursor=True),
    Param("active_messages:several", "POST", "sector", "sector", cursor=True),
    Param("active_messages:new", "POST", "person", "contact", form="contact:{}", cursor=True),
    Param("active_messages:people", "GET", "person", "contact", form="contact:{}"),
    Param("active_messages:log", "GET", "by", "attendee", cursor=True),
    Param("active_messages:log", "GET", "before", "start", form=_KEY, cursor=True),
    Param("active_messages:log", "GET", "after", "start", form=_KEY, cursor=True),
    Param("setup:connect", "GET", "place", "queue", beside=True),
    # The REST API
    Param("rest:contact_merge", "POST", "contact", "other"),
    Param("rest:projects", "GET", "organization", "organization"),
    Param("rest:test_tickets", "POST", "sector", "sector"),
    Param("rest:project_tokens", "POST", "sector", "sector", data=_rest_token),
    Param("rest:organization_tokens", "POST", "project", "other_project", data=_rest_token),
    Param("rest:organization_members", "POST", "project", "other_project", data=_rest_addresses),
    Param("rest:project_audit", "GET", "thing", "sector"),
    Param("rest:organization_audit", "GET", "thing", "far_sector"),
    Param("rest:sectors", "POST", "managers", "user", True, _rest_sector),
    Param("rest:sectors", "POST", "agents", "user", True, _rest_sector),
    Param("rest:sector", "PATCH", "managers", "user", True),
    Param("rest:queues", "GET", "sector", "sector"),
    Param("rest:queues", "POST", "sector", "sector", data=_named),
    Param("rest:queues", "POST", "agents", "user", True, _in_sector),
    Param("rest:queue", "PATCH", "agents", "user", True),
    Param("rest:queue_archive", "POST", "move_to", "other_queue", beside=True),
    Param("rest:sector_archive", "POST", "move_to", "queue_elsewhere"),
    Param("rest:sector_attending", "PATCH", "close_tag", "tag", data=_rest_attending),
    Param("rest:sector_limits", "PUT", "user", "user", data=_limit, within="limits"),
    Param("rest:tag_merge", "POST", "into", "other_tag"),
    Param("rest:tags_by_use", "POST", "sector", "sector"),
    Param("rest:tags_import", "POST", "sector", "sector", data=_pasted),
    Param("rest:tags", "GET", "sector", "sector"),
    Param("rest:tags", "POST", "sector", "sector", data=_tag_names),
    # What is not there is removed already.
    Param("sectors:sector_quick_message", "POST", "remove", "quick_file", True, _quick_message, not_asked=EVERYBODY),
    Param("rest:quick_messages", "GET", "sector", "sector"),
    Param("rest:quick_messages", "POST", "sector", "sector", data=_quick),
    Param("rest:quick_messages_file", "POST", "sector", "sector", data=_quick_file),
    Param("rest:tickets", "GET", "sector", "sector"),
    Param("rest:tickets", "GET", "queue", "queue"),
    Param("rest:tickets", "GET", "agent", "attendee"),
    Param("rest:tickets", "GET", "tag", "tag", True),
    Param("rest:ticket_history", "GET", "before", "message", form=_KEY, cursor=True),
    Param("rest:ticket", "PATCH", "tags", "tag", True, cursor=True),
    Param("rest:ticket_close", "POST", "tags", "tag", True),
    # Of each ticket there is an answer of its own, of one that is out of sight too.
    Param("rest:tickets_close", "POST", "tickets", "ticket", True, _own_tag, not_asked=EVERYBODY),
    Param("rest:tickets_close", "POST", "tags", "tag", True, _own_ticket),
    Param("rest:tickets_transfer", "POST", "tickets", "ticket", True, _own_queue, not_asked=EVERYBODY),
    Param("rest:tickets_transfer", "POST", "queue", "other_queue", data=_own_ticket, beside=True),
    Param("rest:tickets_transfer", "POST", "agent", "eligible", data=_own_ticket),
]
