"""Photos: what is taken, what is kept of it, and who sees it (docs/rules.md, Profile)."""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from core import images
from orgs import operations
from orgs.models import Organization, Project, User
from tests.builders import Desk, organization_member, person, project_member
from tests.pages import Pages, text_of
from tests.refusals import refused

RED, BLUE = (220, 30, 30), (30, 30, 220)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path
    yield tmp_path


def picture(
    kind: str = "PNG", size: tuple[int, int] = (300, 200), colour: Any = RED, mode: str = "RGB", **more
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def upload(raw: bytes, name: str = "me.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, kind)


def opened(raw: bytes) -> Image.Image:
    image = Image.open(BytesIO(raw))
    image.load()
    return image


def with_photo(user: User) -> User:
    return operations.set_photo(user, BytesIO(picture()))


def address(user: User) -> str:
    return reverse("orgs:photo", args=[user.pk, user.photo_name])


def png_of(width: int, height: int) -> bytes:
    """Return a tiny file that says that it is a large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


# What is kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_kind_of_picture_becomes_two_squares_in_webp(kind: str) -> None:
    made = images.prepare(BytesIO(picture(kind, (600, 400))))
    for raw, side in ((made.large, images.LARGE), (made.small, images.SMALL)):
        image = opened(raw)
        assert (image.format, image.size) == ("WEBP", (side, side))


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(images.prepare(BytesIO(picture(size=(40, 90)))).large).size == (40, 40)
    assert opened(images.prepare(BytesIO(picture(size=(1, 1)))).small).size == (1, 1)


def test_the_middle_is_cut_out() -> None:
    image = Image.new("RGB", (900, 300), BLUE)
    image.paste(RED, (300, 0, 600, 300))
    out = BytesIO()
    image.save(out, "PNG")
    square = opened(images.prepare(BytesIO(out.getvalue())).large)
    for place in ((5, 5), (250, 250), (128, 128)):
        red, _green, blue = square.getpixel(place)  # type: ignore[misc]
        assert red > 180 and blue < 90, place


def test_a_photo_taken_with_the_phone_turned_stands_upright_and_says_not_where() -> None:
    image = Image.new("RGB", (400, 400), BLUE)
    image.paste(RED, (0, 0, 400, 200))
    facts = Image.Exif()
    facts[0x0112] = 6  # the top of the picture is at the left
    facts[0x010E] = "a secret remark"
    facts.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    image.save(out, "JPEG", exif=facts, quality=95, comment=b"a comment")
    made = images.prepare(BytesIO(out.getvalue()))
    square = opened(made.large)
    red, _green, blue = square.getpixel((240, 128))  # type: ignore[misc]
    assert red > 150 and blue < 100
    for raw in (made.large, made.small):
        image = opened(raw)
        assert not dict(image.getexif())
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert b"secret" not in raw


def test_of_a_moving_picture_the_first_counts() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in (RED, BLUE)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    image = opened(images.prepare(BytesIO(out.getvalue())).large)
    assert image.getpixel((20, 20))[0] > 180  # type: ignore[index]
    assert not getattr(image, "is_animated", False)


@pytest.mark.parametrize(
    ("kind", "mode", "colour"),
    [
        ("PNG", "RGBA", (0, 0, 0, 0)),
        ("PNG", "LA", (0, 0)),
        ("PNG", "P", 0),
        ("PNG", "1", 1),
        ("PNG", "I;16", 65535),
        ("JPEG", "CMYK", (0, 0, 0, 0)),
        ("JPEG", "L", 255),
        ("WEBP", "RGBA", (0, 0, 0, 0)),
    ],
)
def test_any_way_to_write_colours(kind: str, mode: str, colour: Any) -> None:
    image = opened(images.prepare(BytesIO(picture(kind, (60, 60), colour, mode))).large)
    assert image.mode == "RGB"
    if mode != "P":
        assert min(image.getpixel((30, 30))) > 240, "transparent is white"  # type: ignore[type-var]


# What is refused

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = {
    "nothing": (b"", "photo_empty"),
    "a drawing with a script": (SVG, "photo_unreadable"),
    "a drawing with an xml head": (b'<?xml version="1.0"?>' + SVG, "photo_unreadable"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "photo_unreadable"),
    "a page that begins like a GIF": (b"GIF89a/*<script>*/=1;alert(1)</script>", "photo_unreadable"),
    "the first half of a JPEG": (picture("JPEG", (500, 500))[:900], "photo_unreadable"),
    "the first half of a PNG": (picture("PNG", (500, 500))[:60], "photo_unreadable"),
    "the first half of a WebP": (picture("WEBP", (500, 500))[:60], "photo_unreadable"),
    "another kind of picture": (picture("TIFF"), "photo_unreadable"),
    "a bitmap": (picture("BMP"), "photo_unreadable"),
    "an icon": (picture("ICO", (32, 32)), "photo_unreadable"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "photo_unreadable"),
    "one row too many": (png_of(50_000, 1_001), "photo_too_large"),
    "a bomb": (png_of(60_000, 60_000), "photo_too_large"),
    "wider than anything": (png_of(2**31 - 1, 2**31 - 1), "photo_too_large"),
    "no width": (png_of(0, 10), "photo_unreadable"),
    "pixels that are not there": (png_of(5_000, 5_000), "photo_unreadable"),
    "6 MB": (b"\xff\xd8\xff" + b"\0" * (6 * 1024 * 1024), "photo_too_large"),
    "NUL": (b"\0" * 100, "photo_unreadable"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_photo_is_refused_with_a_sentence_and_changes_nothing(db: None, media: Path, what: str) -> None:
    raw, code = HOSTILE[what]
    user = with_photo(person())
    before, files = user.photo.name, sorted(media.rglob("*"))
    with refused(code) as caught:
        operations.set_photo(user, BytesIO(raw))
    assert caught.value.field == "photo"
    client = Pages(user).client
    response = client.post(reverse("orgs:profile_photo"), {"photo": upload(raw, "me.jpg", "image/jpeg")})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    user.refresh_from_db()
    assert user.photo.name == before
    assert sorted(media.rglob("*")) == files


def test_a_picture_with_a_script_at_its_end_is_kept_without_it() -> None:
    made = images.prepare(BytesIO(picture("JPEG") + b"<script>alert(1)</script>" + b"PK\x03\x04" * 50))
    assert b"script" not in made.large
    assert b"PK\x03\x04" not in made.large


def test_the_name_and_the_type_that_come_with_a_file_mean_nothing(db: None) -> None:
    user = person()
    client = Pages(user).client
    file = upload(picture("PNG"), "../../etc/passwd\x00.svg", "image/svg+xml")
    assert client.post(reverse("orgs:profile_photo"), {"photo": file}).status_code == 302
    user.refresh_from_db()
    assert re.fullmatch(r"photos/[0-9a-f]{32}\.webp", user.photo.name)


def test_a_form_without_a_file(db: None) -> None:
    client = Pages(person()).client
    for data in ({}, {"photo": ""}, {"photo": "text"}, {"photo": "\x00"}):
        response = client.post(reverse("orgs:profile_photo"), data)
        assert response.status_code == 422
        assert "Choose a picture" in text_of(response)


def test_a_body_beyond_all_measure_is_refused_unread(db: None) -> None:
    client = Pages(person()).client
    response = client.post(reverse("orgs:profile_photo"), {"photo": upload(b"x")}, CONTENT_LENGTH=str(10**12))
    assert response.status_code == 422
    assert "larger than 5 MB" in text_of(response)


def test_a_photo_is_set_by_ones_own_pages_alone(db: None) -> None:
    user = person()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(reverse("orgs:profile_photo"), {"photo": upload(picture())}).status_code == 403
    assert client.post(reverse("orgs:profile_photo_remove")).status_code == 403
    user.refresh_from_db()
    assert not user.photo


# What becomes of the one before


def test_the_photo_before_goes_once_the_new_one_is_saved(
    db: None, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    user = with_photo(person())
    first = user.photo.name
    with django_capture_on_commit_callbacks() as later:
        with_photo(user)
        assert default_storage.exists(first)
    for callback in later:
        callback()
    names = {path.name for path in (media / "photos").iterdir()}
    assert names == {user.photo_name, user.small_photo_name}
    with django_capture_on_commit_callbacks(execute=True):
        operations.remove_photo(user)
    assert not list((media / "photos").iterdir())
    operations.remove_photo(user)


def test_a_photo_that_could_not_be_saved_leaves_no_files(db: None, media: Path, monkeypatch: Any) -> None:
    user = person()

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(User, "save", fails)
    with pytest.raises(RuntimeError):
        with_photo(user)
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_on_the_page_one_sets_and_removes_it(db: None) -> None:
    user = person()
    client = Pages(user).client
    answer = client.post(reverse("orgs:profile_photo"), {"photo": upload(picture())})
    assert answer.url == reverse("orgs:profile")
    user.refresh_from_db()
    page = client.get(answer.url).content.decode()
    assert f'src="{address(user)}"' in page
    assert client.post(reverse("orgs:profile_photo_remove")).status_code == 302
    user.refresh_from_db()
    assert not user.photo
    assert "avatar__photo" not in client.get(reverse("orgs:profile")).content.decode()


# Who sees it


def test_a_photo_is_sent_as_a_picture_and_nothing_else(db: None) -> None:
    user = with_photo(person())
    client = Pages(user).client
    for name, side in ((user.photo_name, images.LARGE), (user.small_photo_name, images.SMALL)):
        response = client.get(reverse("orgs:photo", args=[user.pk, name]))
        assert response.status_code == 200
        assert response["Content-Type"] == "image/webp"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert max(opened(response.content).size) <= side


def test_who_sees_a_photo(organization: Organization, project: Project) -> None:
    user = with_photo(organization_member(organization))
    url = address(user)

    def status(who: User | None) -> int:
        return Pages(who).client.get(url).status_code

    assert status(user) == 200
    assert status(organization_member(organization)) == 200
    assert status(project_member(project)) == 200
    assert status(person()) == 404
    assert status(project_member(Desk.set_up().project)) == 404
    assert status(None) == 302


def test_what_was_shared_once_is_not_shared_now(organization: Organization) -> None:
    user, other = with_photo(organization_member(organization)), organization_member(organization)
    client = Pages(other).client
    assert client.get(address(user)).status_code == 200
    organization.archived_at = organization.created_at
    organization.save()
    assert client.get(address(user)).status_code == 404
    organization.archived_at = None
    organization.save()
    operations.remove_from_organization(user.organization_memberships.get(), by=operations_actor(organization))
    assert client.get(address(user)).status_code == 404


def operations_actor(organization: Organization) -> Any:
    from orgs.access import Actor
    from tests.builders import administrator_of

    return Actor(user=administrator_of(organization))


def test_names_that_are_not_the_photo_find_nothing(organization: Organization) -> None:
    user, other = with_photo(organization_member(organization)), organization_member(organization)
    client = Pages(other).client
    old = address(user)
    with_photo(user)
    assert client.get(old).status_code == 404
    for name in ("x", "..", "%00", user.photo_name[:-1], "x" * 5_000, user.photo_name + "%00"):
        assert client.get(f"/people/{user.pk}/photo/{name}").status_code == 404, name[:20]
    assert client.get(f"/people/{uuid4()}/photo/{user.photo_name}").status_code == 404
    assert client.get(f"/people/{other.pk}/photo/{user.photo_name}").status_code == 404
    assert client.get(f"/people/{other.pk}/photo/.webp").status_code == 404
    assert client.get(f"/people/me/photo/{user.photo_name}").status_code == 404
    assert client.post(address(user)).status_code == 405


def test_a_photo_whose_file_is_gone(organization: Organization) -> None:
    user = with_photo(organization_member(organization))
    default_storage.delete(user.photo.name)
    assert Pages(user).client.get(address(user)).status_code == 404


def test_files_are_never_served_from_their_folder(db: None) -> None:
    user = with_photo(person())
    client = Pages(user).client
    for path in (f"/{user.photo.name}", f"/media/{user.photo.name}", f"/static/{user.photo.name}"):
        assert client.get(path).status_code == 404
