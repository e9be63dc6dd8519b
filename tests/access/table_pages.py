"""Who gets what from each page: the answers that the access walk expects (docs/rules.md, Access)."""

from tests.access.rows import (
    CHATS,
    CHOOSE,
    CONFIGURES,
    MANAGERS,
    OF_ORGANIZATION,
    OFFICE,
    SIGNED_IN,
    UNSEEN,
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
    "orgs:home": {"GET": Row((SIGNED_IN | {"financial"}) - CHOOSE, 302, dict.fromkeys(CHOOSE, 200))},
    "orgs:profile": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 422, data={"theme": "no such"})},
    "orgs:profile_photo": {"POST": Row(SIGNED_IN, 422)},
    "orgs:profile_photo_remove": {"POST": Row(SIGNED_IN, 302)},
    # Nobody in this world has a photo; who sees one: tests/orgs/test_photos.py.
    "orgs:security": {"GET": Row(SIGNED_IN)},
    "orgs:security_sign_out_others": {"POST": Row(SIGNED_IN, 302)},
    # Nobody's device: to each who asks it is signed out already (tests/orgs/test_account_pages.py).
    "orgs:security_sign_out": {"POST": Row(SIGNED_IN, 302, alike=True)},
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
    "orgs:organization_settings": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_two_factors": {"POST": of_organization({"administrator"}, 302)},
    # Its projects are in use: the refusal is a toast on the page it came from.
    "orgs:organization_archive": {"POST": of_organization({"administrator"}, 302)},
    # It is not archived, so there is nothing to bring back.
    "orgs:organization_restore": {"POST": Row(set(), otherwise=dict.fromkeys(SIGNED_IN | {"financial"}, 404))},
    "orgs:project_restore": {"POST": of_organization({"administrator"}, 302)},
    "orgs:project_settings": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "orgs:project_archive": {"POST": Row(OFFICE, 302)},
    "orgs:project_new": {
        "GET": of_organization({"administrator", "organization_contributor"}),
        "POST": of_organization({"administrator", "organization_contributor"}, 422),
    },
    "orgs:organization_members": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_member_role": {"POST": of_organization({"administrator"}, 302, {"role": "viewer"})},
    "orgs:organization_member_remove": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 302),
    },
    # The last Administrator is refused by a toast.
    "orgs:organization_leave": {
        "GET": of_organization(OF_ORGANIZATION),
        "POST": of_organization(OF_ORGANIZATION, 302),
    },
    "orgs:invitation_resend": {"POST": of_organization({"administrator"}, 302)},
    "orgs:invitation_revoke": {"POST": of_organization({"administrator"}, 302)},
    # Members of a project
    "palette:find": {"GET": Row({*INSIDE})},
    "orgs:project_home": {"GET": Row({*INSIDE} - {"viewer"}, 302, {"viewer": 200})},
    "orgs:project_members": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "orgs:project_candidates": {"GET": Row(OFFICE)},
    "orgs:project_member_role": {"POST": Row(OFFICE, 302, data={"role": "viewer"})},
    "orgs:project_member_remove": {"GET": Row(OFFICE), "POST": Row(OFFICE, 302)},
    # The Administrator is here by office alone.
    "orgs:project_leave": {
        "GET": Row({*INSIDE} - {"administrator"}, 200, {"administrator": 404}),
        "POST": Row({*INSIDE} - {"administrator"}, 302, {"administrator": 404}),
    },
    # Tokens and the audit log
    "orgs:project_tokens": {"GET": Row(OFFICE)},
    "orgs:project_token_new": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "orgs:project_token_revoke": {"POST": Row(OFFICE, 302)},
    "orgs:project_audit": {"GET": Row(OFFICE)},
    "orgs:project_audit_csv": {"GET": Row(OFFICE)},
    "orgs:organization_tokens": {"GET": of_organization({"administrator"})},
    "orgs:organization_token_new": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_token_revoke": {"POST": of_organization({"administrator"}, 302)},
    "orgs:organization_audit": {"GET": of_organization({"administrator"})},
    "orgs:organization_audit_csv": {"GET": of_organization({"administrator"})},
    # Setting up
    "setup:start": {"GET": Row(CONFIGURES, 302)},
    "setup:checklist": {"GET": Row(CONFIGURES)},
    "setup:sector_new": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "setup:sector_copy": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "setup:connect": {"GET": Row(OFFICE)},
    "setup:token_create": {"POST": Row(OFFICE, 422)},
    "setup:token_revoke": {"POST": Row(OFFICE, 302)},
    "setup:test_ticket": {"POST": Row(OFFICE, 422)},
    "sectors:list": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:people": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    # It has open tickets: the page asks where they go.
    "sectors:archive": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "sectors:move": {"POST": Row(CONFIGURES, 302)},
    "sectors:places": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:restore": {"POST": Row(OFFICE, 302)},
    "sectors:hours_at": {"GET": settings_of_a_sector(422)},
    "sectors:quick": {"GET": Row(CHATS), "POST": Row(CHATS, 422)},
    # The one of this world is a sector's, so it is nobody's own.
    "sectors:quick_message": {m: Row(set(), otherwise=dict.fromkeys(CHATS, 404)) for m in ("GET", "POST")},
    "sectors:quick_remove": {"POST": Row(set(), otherwise=dict.fromkeys(CHATS, 404))},
    "sectors:quick_export": {"GET": Row(CHATS)},
    "sectors:quick_import": {"POST": Row(CHATS, 422)},
    "sectors:sector_quick": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:sector_quick_message": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:sector_quick_remove": {"POST": settings_of_a_sector(302)},
    "sectors:sector_quick_export": {"GET": settings_of_a_sector(200)},
    "sectors:sector_quick_import": {"POST": settings_of_a_sector(422)},
    "sectors:days": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:days_chosen": {"POST": settings_of_a_sector(302)},
    "sectors:days_file": {"POST": settings_of_a_sector(422)},
    "sectors:day": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:day_remove": {"POST": settings_of_a_sector(302)},
    "queues:new": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:list": {"GET": settings_of_a_sector(200)},
    "queues:archive": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:hold": {"POST": settings_of_a_sector(302)},
    "queues:move": {"POST": settings_of_a_sector(302)},
    "queues:restore": {"POST": settings_of_a_sector(302)},
    "queues:pauses": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "queues:pause": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "queues:pause_archive": {"POST": Row(CONFIGURES, 302)},
    "queues:pause_restore": {"POST": Row(CONFIGURES, 302)},
    "tags:list": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "tags:rename": {"POST": settings_of_a_sector(302)},
    "tags:archive": {"POST": settings_of_a_sector(302)},
    "tags:restore": {"POST": settings_of_a_sector(302)},
    # The desk
    "tickets:desk": {"GET": Row(CHATS)},
    "tickets:worklist": {"GET": Row(CHATS)},
    "tickets:status": {"GET": Row(CHATS), "POST": Row(CHATS, 422)},
    "tickets:agents": {"GET": Row(CONFIGURES | MANAGERS)},
    "tickets:agent_status": {"POST": Row(CONFIGURES | {"manager"}, 302, {"other_manager": 404})},
    "tickets:ticket": {"GET": ticket()},
    "tickets:panes": {"GET": ticket()},
    "tickets:frame": {"GET": ticket()},
    "tickets:quick": {"GET": ticket()},
    "tickets:lines": {"GET": ticket()},
    "tickets:message": {"POST": ticket(422)},
    "tickets:upload": {"POST": ticket(422)},
    # The one at hand is the agent's: to everybody else it is not there.
    "tickets:upload_remove": {
        "POST": Row({"agent"}, 204, UNSEEN | dict.fromkeys(CONFIGURES | {"manager"}, 404)),
    },
    "tickets:file": {"GET": ticket()},
    "tickets:file_thumbnail": {"GET": ticket()},
    # Who has the signed address needs no other right; one that was not made here is nobody's.
    "tickets:shared_file": {"GET": Row(set(), otherwise=dict.fromkeys(PEOPLE, 404))},
    "tickets:send_again": {"POST": ticket(204)},
    "tickets:read": {"POST": ticket(204)},
    "tickets:take": {"POST": ticket(204)},
    "tickets:close": {"GET": ticket(), "POST": ticket(422)},
    "tickets:transfer": {"GET": ticket(), "POST": ticket(422)},
    # Looking back
    "reports:history": {"GET": Row(CHATS)},
    "reports:export_csv": {"GET": Row(CHATS)},
    "reports:choices": {"GET": Row(CHATS)},
    "reports:ticket": {"GET": ticket()},
    "reports:dashboard": {"GET": Row(CHATS)},
    "reports:usage": {"GET": of_organization({"administrator", "financial"})},
    "reports:usage_csv": {"GET": of_organization({"administrator", "financial"})},
    "reports:now": {"GET": Row(CHATS)},
    # What describes the APIs
    "api_schema": {"GET": Row({*PEOPLE})},
    "api_docs": {"GET": Row({*PEOPLE}), "POST": Row({*PEOPLE})},
}
