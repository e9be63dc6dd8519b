"""Bodies without a length."""

from io import BytesIO

import pytest
from django.conf import settings

from weni_chats.serving.chunked import KnownLength, terminated


def body_of(environ):
    """What an application below finds, as Django reads it."""
    found = {}

    def application(seen, _start):
        found["length"] = int(seen.get("CONTENT_LENGTH") or 0)
        found["body"] = seen["wsgi.input"].read(found["length"])
        return [b""]

    KnownLength(application)(environ, None)
    return found


def chunked(body, **extra):
    return {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(body), **extra}


def test_a_chunked_body_gets_its_length():
    assert body_of(chunked(b"abc", **{"wsgi.input_terminated": True})) == {"length": 3, "body": b"abc"}


def test_a_body_over_the_limit_stays_over_it():
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert body_of(chunked(b"x" * (limit + 500), **{"wsgi.input_terminated": True}))["length"] == limit + 1


@pytest.mark.parametrize("extra", [{}, {"wsgi.input_terminated": True, "CONTENT_LENGTH": "2"}])
def test_nothing_is_read_where_it_might_hang_or_the_length_is_known(extra):
    environ = chunked(b"abc", **extra)
    body_of(environ)
    assert environ["wsgi.input"].tell() == int(extra.get("CONTENT_LENGTH", 0))


def test_the_one_port_server_says_that_its_input_ends():
    environ = {}
    terminated(lambda seen, _start: seen)(environ, None)
    assert environ["wsgi.input_terminated"]
