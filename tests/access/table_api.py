"""Who gets what from each operation of the APIs (docs/rules.md, Access)."""

from tests.access.rows import (
    CONFIGURES,
    NO_PERSON,
    OF_ORGANIZATION,
    OFFICE,
    READERS,
    REST_CHANGES_SECTOR,
    REST_SEES,
    REST_SEES_SECTOR,
    SIGNED_IN,
    UNSEEN,
    Table,
    flow,
    many_closed,
    many_moved,
    other_contact,
    pasted_tags,
    rest,
    rest_creating,
    rest_office,
    sector_alone,
    sector_of,
    tag_of,
    tags_of,
)
from tests.walk import INSIDE

API: Table = {
    # The flow engine
    "external:rooms": {"POST": flow(400, foreign=400)},
    "external:room": {"PATCH": flow(200)},
    "external:room_close": {"PATCH": flow(200), "PUT": flow(200)},
    "external:room_history": {"POST": flow(201)},
    "external:msgs": {"POST": flow(400, foreign=400)},
    "external:queue": {"GET": flow(200)},
    "external:queues": {"GET": flow(200, foreign=200)},
    "external:sector": {"GET": flow(200)},
    "external:sectors": {"GET": flow(200, foreign=200)},
    "generic:tickets": {"POST": flow(400)},
    "generic:ticket": {"GET": flow(200)},
    "generic:messages": {"POST": flow(400)},
    "generic:history": {"POST": flow(200)},
    "generic:close": {"POST": flow(200)},
    "generic:reopen": {"POST": flow(200)},
    # The REST API
    "rest:me": {"GET": rest(SIGNED_IN, **NO_PERSON), "PATCH": rest(SIGNED_IN, **NO_PERSON)},
    "rest:my_photo": {"PUT": rest(SIGNED_IN, 400, **NO_PERSON), "DELETE": rest(SIGNED_IN, **NO_PERSON)},
    # Tokens of a project reach no organization.
    "rest:organization_usage": {
        "GET": rest(
            {"administrator", "financial", "organization_reads"},
            **dict.fromkeys(OF_ORGANIZATION - {"administrator"}, 403),
            **dict.fromkeys([*READERS, "opens", "foreign"], 404),
        ),
    },
    "rest:organizations": {
        "GET": rest(SIGNED_IN | READERS | {"foreign"}),
        "POST": rest(SIGNED_IN, 400, **NO_PERSON),
    },
    "rest:organization": {
        "GET": rest(OF_ORGANIZATION, **dict.fromkeys([*READERS, "foreign"], 404)),
        "PATCH": rest_office(),
    },
    # Its projects are in use.
    "rest:organization_archive": {"POST": rest_office(400)},
    # It is not archived, so there is nothing to bring back.
    "rest:organization_restore": {"POST": rest(set(), **dict.fromkeys(SIGNED_IN | READERS | {"foreign"}, 404))},
    "rest:organization_projects": {"POST": rest_creating(400)},
    "rest:project_restore": {"POST": rest_office()},
    "rest:projects": {"GET": rest(SIGNED_IN | READERS | {"foreign"})},
    "rest:project": {"GET": rest({*INSIDE} | READERS), "PATCH": rest(OFFICE | {"administers"}, 400)},
    # It has open tickets.
    "rest:project_archive": {"POST": rest(OFFICE | {"administers"}, 400)},
    "rest:sectors": {
        "GET": rest(REST_SEES),
        "POST": rest(CONFIGURES | {"administers"}, 400),
    },
    "rest:sector": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    # Members and invitations
    "rest:organization_members": {"GET": rest_office(), "POST": rest_office(400)},
    "rest:organization_member": {
        "PATCH": rest_office(200, {"role": "viewer"}),
        "DELETE": rest_office(),
    },
    "rest:organization_invitations": {"GET": rest_office()},
    "rest:organization_invitation_resend": {"POST": rest_office()},
    "rest:organization_invitation_revoke": {"POST": rest_office()},
    "rest:project_members": {
        "GET": rest(OFFICE | {"administers"}),
        "POST": rest(OFFICE | {"administers"}, 400),
    },
    "rest:project_member": {
        "PATCH": rest(OFFICE | {"administers"}, 200, {"role": "viewer"}),
        "DELETE": rest(OFFICE | {"administers"}),
    },
    "rest:project_invitations": {"GET": rest(OFFICE | {"administers"})},
    "rest:project_tokens": {
        "GET": rest(OFFICE | {"administers"}),
        "POST": rest(OFFICE | {"administers"}, 201, {"name": "New", "scopes": ["read"]}),
    },
    "rest:project_token_revoke": {"POST": rest(OFFICE | {"administers"})},
    "rest:project_audit": {"GET": rest(OFFICE | {"administers"})},
    "rest:organization_tokens": {
        "GET": rest_office(),
        "POST": rest_office(201, {"name": "New", "scopes": ["read"]}),
    },
    "rest:organization_token_revoke": {"POST": rest_office()},
    "rest:organization_audit": {"GET": rest_office()},
    "rest:sector_archive": {"POST": rest(OFFICE | {"administers"}, 400)},
    "rest:sector_restore": {"POST": rest(OFFICE | {"administers"})},
    "rest:sector_copy": {"POST": rest(CONFIGURES | {"administers"}, 400)},
    "rest:sector_move": {"POST": rest(CONFIGURES | {"administers"}, 400)},
    "rest:sector_limits": {
        "GET": rest(REST_CHANGES_SECTOR, **UNSEEN),
        "PUT": rest(REST_CHANGES_SECTOR, 200, {"limits": []}, **UNSEEN),
    },
    "rest:sector_automatic": {
        "GET": rest(REST_CHANGES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, 200, {"opening": "Welcome"}, **UNSEEN),
    },
    "rest:configuration": {"GET": rest(CONFIGURES | {"administers"})},
    "rest:configuration_difference": {"POST": rest(CONFIGURES | {"administers"}, 400)},
    "rest:configuration_apply": {"POST": rest(CONFIGURES | {"administers"}, 400)},
    "rest:quick_messages": {"GET": rest(REST_SEES), "POST": rest(REST_SEES, 400)},
    "rest:quick_message": {
        "PATCH": rest(REST_CHANGES_SECTOR, 200, {"text": "New"}, **UNSEEN),
        "DELETE": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:sector_hours": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:sector_attending": {
        "GET": rest(REST_CHANGES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:sector_days": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN),
    },
    "rest:sector_days_file": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:sector_day": {
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
        "DELETE": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:set_up": {"GET": rest(CONFIGURES | {"administers"})},
    "rest:test_tickets": {"POST": rest(OFFICE | {"administers"}, 400)},
    "rest:holidays": {"GET": rest(SIGNED_IN | READERS | {"foreign"}, 400)},
    "rest:holiday_calendars": {"GET": rest(SIGNED_IN | READERS | {"foreign"}, 200)},
    "rest:queues": {
        "GET": rest(REST_SEES),
        "POST": rest(REST_CHANGES_SECTOR, 201, sector_of, other_manager=400),
    },
    "rest:queue": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:queue_archive": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:queue_move": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:queue_restore": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:tags": {
        "GET": rest(REST_SEES),
        "POST": rest(REST_CHANGES_SECTOR, 201, tags_of, other_manager=400),
    },
    "rest:tag": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, 200, {"name": "Renamed"}, **UNSEEN),
    },
    "rest:tag_merge": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:tag_move": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:tags_by_use": {"POST": rest(REST_CHANGES_SECTOR, 200, sector_alone, other_manager=400)},
    "rest:tags_import": {"POST": rest(REST_CHANGES_SECTOR, 201, pasted_tags, other_manager=400)},
    "rest:tag_archive": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:tag_restore": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:contact": {"GET": rest(OFFICE | {"administers"})},
    "rest:contact_merge": {"POST": rest(OFFICE | {"administers"}, 200, other_contact)},
    "rest:contact_apart": {"POST": rest(OFFICE | {"administers"})},
    "rest:tickets": {"GET": rest(REST_SEES)},
    # Whose tickets they are is answered ticket by ticket.
    "rest:tickets_close": {"POST": rest(REST_SEES - {"reads", "other_manager"}, 200, many_closed, other_manager=400)},
    "rest:tickets_transfer": {"POST": rest(REST_SEES - {"reads"}, 200, many_moved)},
    # It is open: the refusal is a conflict.
    "rest:ticket": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR | {"agent"}, 409, tag_of, **UNSEEN),
    },
    "rest:ticket_lines": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:ticket_history": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:ticket_close": {"POST": rest(REST_CHANGES_SECTOR | {"agent"}, 200, tag_of, **UNSEEN)},
}
