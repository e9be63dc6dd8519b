"""One's own profile over the REST API."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from orgs.models import TokenScope, User
from tests.builders import Desk, person

ME, PHOTO = "/api/v1/me/", "/api/v1/me/photo/"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    """A folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def user(db: None) -> User:
    return person()


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def picture(kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (400, 300), (20, 90, 200)).save(out, kind)
    return out.getvalue()


def put(client: Client, body: bytes, kind: str = "image/png", **more: Any) -> Any:
    return client.put(PHOTO, body, content_type=kind, **more)


def test_reading_and_changing_the_profile(client: Client, user: User) -> None:
    body = client.get(ME).json()
    assert body["id"] == str(user.pk)
    assert (body["email"], body["name"], body["photo"]) == (user.email, user.name, None)
    change = {"first_name": "New", "theme": "dark", "language": "pt-br", "sound": False}
    answer = client.patch(ME, change, content_type="application/json")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in change} == change
    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.sound) == ("New", body["last_name"], False)
    assert client.patch(ME, {"language": ""}, content_type="application/json").json()["language"] == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", 1),
        ("first_name", "x" * 81),
        ("last_name", None),
        ("last_name", "x" * 1_000_000),
        ("language", "xx"),
        ("language", []),
        ("theme", "neon"),
        ("theme", ""),
        ("sound", "yes"),
        ("browser_notifications", None),
    ],
)
def test_nonsense_is_refused_by_its_field_and_changes_nothing(
    client: Client, user: User, field: str, value: Any
) -> None:
    before = client.get(ME).json()
    answer = client.patch(ME, {"first_name": "Kept", field: value}, content_type="application/json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert client.get(ME).json() == before


def test_what_is_no_profile_is_refused(client: Client) -> None:
    for body in ("[]", "x", "1", "null"):
        assert client.patch(ME, body, content_type="application/json").status_code == 400, body
    assert client.patch(ME, {"email": "other@example.org", "is_staff": True}, content_type="application/json")
    assert client.get(ME).json()["email"] != "other@example.org"
    assert client.patch(ME, {"first_name": "a\x00b"}, content_type="application/json").json()["first_name"] == "ab"


def test_setting_and_removing_the_photo(client: Client, user: User) -> None:
    address = put(client, picture()).json()["photo"]
    assert client.get(address)["Content-Type"] == "image/webp"
    # The type that is stated means nothing: what the file holds does.
    second = put(client, picture("JPEG"), "text/plain").json()["photo"]
    assert second != address
    assert client.get(address).status_code == 404
    for _twice in range(2):
        answer = client.delete(PHOTO)
        assert (answer.status_code, answer.json()["photo"]) == (200, None)
    user.refresh_from_db()
    assert not user.photo


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "photo_empty"),
        (b"<svg onload='alert(1)'/>", "photo_unreadable"),
        (b'{"photo": "x"}', "photo_unreadable"),
        (picture("JPEG")[:300], "photo_unreadable"),
    ],
)
def test_what_is_no_photo_is_refused(client: Client, user: User, body: bytes, code: str) -> None:
    answer = put(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "photo" in answer.json()["errors"]
    user.refresh_from_db()
    assert not user.photo


def test_a_photo_over_the_limit_is_refused_before_it_is_read(client: Client) -> None:
    answer = put(client, b"\xff" * (6 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_programs_have_no_profile_and_strangers_none_either(desk: Desk, as_program: Any) -> None:
    program = as_program(desk, *TokenScope.values)
    for method, path, body in (
        ("GET", "/me/", None),
        ("PATCH", "/me/", {"first_name": "x"}),
        ("PUT", "/me/photo/", {}),
        ("DELETE", "/me/photo/", None),
    ):
        assert program.call(method, path, body).status_code == 403
        assert Client().generic(method, f"/api/v1{path}").status_code == 401


def test_a_page_elsewhere_can_change_nothing(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.patch(ME, {"first_name": "x"}, content_type="application/json").status_code == 403
    assert put(client, picture()).status_code == 403
    assert client.delete(PHOTO).status_code == 403
