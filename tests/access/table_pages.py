"""Who gets what from each page: the answers that the access walk expects (docs/rules.md, Access)."""

from tests.access.rows import (
    CHATS,
    CHOOSE,
    CONFIGURES,
    MANAGERS,
    OF_ORGANIZATION,
    OFFICE,
    SIGNED_IN,
    Row,
    Table,
    of_organization,
    settings_of_a_sector,
    ticket,
)
from tests.walk import INSIDE, PEOPLE

PAGES: Table = {
    "healthz": {m: Row({*PEOPLE}) for m in ("GET", "POST")},
    "readyz": {m: Row({*PEOPLE}) for m in ("GET", "POST")},
    # The stream itself is no page: it answers beside them (tests/live).
    "live:stream": {m: Row({*PEOPLE}, 503) for m in ("GET", "POST", "PUT", "PATCH", "DELETE")},
    # One's own
    # On to the project of who has one; who has none or several chooses.
    "orgs:home": {"GET": Row(SIGNED_IN - CHOOSE, 302, dict.fromkeys(CHOOSE, 200))},
    "orgs:profile": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 422, data={"theme": "no such"})},
    "orgs:profile_photo": {"POST": Row(SIGNED_IN, 422)},
    "orgs:profile_photo_remove": {"POST": Row(SIGNED_IN, 302)},
    # Nobody in this world has a photo; who sees one: tests/orgs/test_photos.py.
    "orgs:roles": {"GET": Row(SIGNED_IN)},
    "orgs:photo": {"GET": Row(set(), otherwise=dict.fromkeys(SIGNED_IN, 404))},
    "orgs:preferences": {"POST": Row({*PEOPLE}, 302)},
    # An invitation is for its address: whoever is signed in with another is told so.
    "orgs:invitation": {
        "GET": Row({"signed_out"}, 200, dict.fromkeys(SIGNED_IN, 403)),
        "POST": Row({"signed_out"}, 422, dict.fromkeys(SIGNED_IN, 403)),
    },
    # Organizations
    "orgs:organization_new": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 422)},
    "orgs:organization": {"GET": of_organization(OF_ORGANIZATION)},
    "orgs:project_new": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_members": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_member_role": {"POST": of_organization({"administrator"}, 302, {"role": "viewer"})},
    "orgs:organization_member_remove": {"POST": of_organization({"administrator"}, 302)},
    "orgs:invitation_resend": {"POST": of_organization({"administrator"}, 302)},
    "orgs:invitation_revoke": {"POST": of_organization({"administrator"}, 302)},
    # Members of a project
    "orgs:project_home": {"GET": Row({*INSIDE} - {"viewer"}, 302, {"viewer": 200})},
    "orgs:project_members": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "orgs:project_member_role": {"POST": Row(OFFICE, 302, data={"role": "viewer"})},
    "orgs:project_member_remove": {"POST": Row(OFFICE, 302)},
    # Setting up
    "setup:start": {"GET": Row(CONFIGURES, 302)},
    "setup:checklist": {"GET": Row(CONFIGURES)},
    "setup:sector_new": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "setup:connect": {"GET": Row(OFFICE)},
    "setup:token_create": {"POST": Row(OFFICE, 422)},
    "setup:token_revoke": {"POST": Row(OFFICE, 302)},
    "setup:test_ticket": {"POST": Row(OFFICE, 422)},
    "sectors:list": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:people": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:archive": {"POST": Row(OFFICE, 302)},
    "sectors:restore": {"POST": Row(OFFICE, 302)},
    "sectors:days": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:days_chosen": {"POST": settings_of_a_sector(302)},
    "sectors:days_file": {"POST": settings_of_a_sector(422)},
    "sectors:day": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:day_remove": {"POST": settings_of_a_sector(302)},
    "queues:new": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:archive": {"POST": settings_of_a_sector(302)},
    "queues:restore": {"POST": settings_of_a_sector(302)},
    "tags:list": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "tags:rename": {"POST": settings_of_a_sector(302)},
    "tags:archive": {"POST": settings_of_a_sector(302)},
    "tags:restore": {"POST": settings_of_a_sector(302)},
    # The desk
    "tickets:desk": {"GET": Row(CHATS)},
    "tickets:worklist": {"GET": Row(CHATS)},
    "tickets:status": {"GET": Row(CHATS), "POST": Row(CHATS, 422)},
    "tickets:ticket": {"GET": ticket()},
    "tickets:panes": {"GET": ticket()},
    "tickets:frame": {"GET": ticket()},
    "tickets:lines": {"GET": ticket()},
    "tickets:message": {"POST": ticket(422)},
    "tickets:send_again": {"POST": ticket(204)},
    "tickets:read": {"POST": ticket(204)},
    "tickets:take": {"POST": ticket(204)},
    "tickets:close": {"GET": ticket(), "POST": ticket(422)},
    "tickets:transfer": {"GET": ticket(), "POST": ticket(422)},
    # Looking back
    "reports:history": {"GET": Row(CHATS)},
    "reports:export_csv": {"GET": Row(CHATS)},
    "reports:ticket": {"GET": ticket()},
    "reports:dashboard": {"GET": Row(CHATS)},
    "reports:usage": {"GET": of_organization({"administrator"})},
    "reports:usage_csv": {"GET": of_organization({"administrator"})},
    "reports:now": {"GET": Row(CHATS)},
    # What describes the APIs
    "api_schema": {"GET": Row({*PEOPLE})},
    "api_docs": {"GET": Row({*PEOPLE}), "POST": Row({*PEOPLE})},
}
