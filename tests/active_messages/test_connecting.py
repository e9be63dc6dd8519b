"""Connecting a project with its engine (docs/rules.md, Active messages)."""

import pytest
from django.db import connection

from active_messages import operations
from active_messages.client import normal_address
from active_messages.models import FlowEngine
from core.encryption import Undecipherable, decrypt, encrypt
from core.errors import Invalid, NotAllowed
from orgs.models import AuditEntry
from tests.builders import Desk
from tests.engine.api_v2 import ApiV2, Fault

pytestmark = pytest.mark.django_db(transaction=True)


def connect(desk: Desk, api: ApiV2, **values: object) -> FlowEngine:
    given = {"by": desk.by(), "address": api.url, "token": api.token, **values}
    return operations.connect_engine(desk.project, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pasted",
    [
        "https://Flows.example.org", "flows.example.org", " https://flows.example.org/ ",
        "https://flows.example.org/api/v2", "https://flows.example.org/api/v2/",
        "https://flows.example.org/api/v2/flows.json?uuid=1", "https://flows.example.org?x#y",
    ],
)  # fmt: skip
def test_every_way_to_paste_the_address_is_understood(pasted: str) -> None:
    assert normal_address(pasted) == "https://flows.example.org/api/v2"


@pytest.mark.parametrize(
    "pasted", ["", "ftp://flows.example.org", "https://", "http://a b", "https://u:p@x.org", "//"]
)
def test_what_is_no_web_address_is_refused_at_its_field(pasted: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_address(pasted)
    assert refused.value.field == "address"


def test_the_engine_is_asked_before_anything_is_stored(desk: Desk, api: ApiV2) -> None:
    with pytest.raises(Invalid) as refused:
        connect(desk, api, token="0" * 40)
    assert (refused.value.field, refused.value.code) == ("token", "engine_token")
    for fault, code in (
        (Fault.ERROR, "engine_unreachable"), (Fault.DROP_BEFORE, "engine_unreachable"),
        (Fault.HTML, "engine_address"), (Fault.HUGE, "engine_address"), (Fault.THROTTLE, "engine_busy"),
    ):  # fmt: skip
        api.fail(fault)
        with pytest.raises(Invalid) as refused:
            connect(desk, api)
        assert (refused.value.field, refused.value.code) == ("address", code)
    assert not FlowEngine.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="engine.").exists()


def test_a_private_address_is_refused(desk: Desk, api: ApiV2, settings: object) -> None:
    settings.CALLBACK_ALLOWED_HOSTS = []  # type: ignore[attr-defined]
    with pytest.raises(Invalid) as refused:
        connect(desk, api)
    assert refused.value.code == "engine_address"
    assert not api.requests


def test_the_token_is_stored_encrypted_and_in_no_log(desk: Desk, api: ApiV2) -> None:
    row = connect(desk, api)
    with connection.cursor() as cursor:
        cursor.execute("SELECT active_messages_flowengine::text FROM active_messages_flowengine")
        [[stored]] = cursor.fetchall()
        cursor.execute("SELECT string_agg(orgs_auditentry::text, '') FROM orgs_auditentry")
        [[logged]] = cursor.fetchall()
    assert api.token not in stored
    assert api.token not in logged
    assert row.open_token() == api.token


def test_another_secret_key_reads_it_only_as_a_fallback(settings: object) -> None:
    secret = encrypt("a token")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another key, as long as any other one"  # type: ignore[attr-defined]
    assert decrypt(secret) == "a token"
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    with pytest.raises(Undecipherable):
        decrypt(secret)


def test_without_a_token_the_stored_one_stays(desk: Desk, api: ApiV2) -> None:
    connect(desk, api)
    row = connect(desk, api, token="", hourly_limit=7)
    assert (row.open_token(), row.hourly_limit) == (api.token, 7)
    actions = AuditEntry.objects.filter(action__startswith="engine.").order_by("at", "pk")
    assert [entry.action for entry in actions] == ["engine.connected", "engine.updated"]
    assert (actions[1].before, actions[1].after) == ({"hourly_limit": 500}, {"hourly_limit": 7})


def test_a_stored_token_is_never_sent_to_another_address(desk: Desk, api: ApiV2) -> None:
    connect(desk, api)
    with ApiV2() as elsewhere, pytest.raises(Invalid) as refused:
        connect(desk, elsewhere, token="")
    assert refused.value.field == "token"
    assert not elsewhere.requests


def test_a_token_that_cant_be_read_any_more_is_asked_for(desk: Desk, api: ApiV2) -> None:
    connect(desk, api)
    FlowEngine.objects.update(token="of another key")
    with pytest.raises(Invalid) as refused:
        connect(desk, api, token="")
    assert refused.value.field == "token"
    assert connect(desk, api).open_token() == api.token
    assert AuditEntry.objects.filter(action="engine.token_replaced").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starters", "everybody"), ("number_scheme", "fax"), ("hourly_limit", 0), ("hourly_limit", 10_001),
        ("hourly_limit", "many"), ("token", "x" * 501), ("token", "é"), ("token", "a\r\nb"),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused_at_their_field(desk: Desk, api: ApiV2, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        connect(desk, api, **{field: value})
    assert refused.value.field == field
    assert not api.requests


def test_only_administrators_connect_and_disconnect(desk: Desk, api: ApiV2) -> None:
    connect(desk, api)
    for user in (desk.agent(), desk.manager(), desk.person("contributor")):
        with pytest.raises(NotAllowed):
            connect(desk, api, by=desk.by(user))
        with pytest.raises(NotAllowed):
            operations.disconnect_engine(desk.project, by=desk.by(user))


def test_disconnecting_forgets_the_token(desk: Desk, api: ApiV2) -> None:
    connect(desk, api)
    operations.disconnect_engine(desk.project, by=desk.by())
    operations.disconnect_engine(desk.project, by=desk.by())
    assert not FlowEngine.objects.exists()
    assert AuditEntry.objects.filter(action="engine.disconnected").count() == 1
