"""The OpenAPI document stays as it is, to the byte, until somebody means to change it.

After a change of the APIs that is meant, renew the file and read its difference before committing it:

    manage.py spectacular --lang en --urlconf weni_chats.api.urls --format openapi-json --file tests/api/openapi.json
"""

from pathlib import Path

from drf_spectacular.renderers import OpenApiJsonRenderer

from weni_chats.api.description import schema

DOCUMENT = Path(__file__).with_name("openapi.json")


def test_the_document_is_the_one_on_file():
    assert OpenApiJsonRenderer().render(schema()).decode() == DOCUMENT.read_text()
