"""A body that no form has is refused before anything of it is read."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from core.body_size import MAX_FORM, BodySizeMiddleware, max_files_body
from tests.builders import Desk

pytestmark = pytest.mark.django_db


def announced(client: Client, path: str, length: int) -> int:
    """Post a body that says it is so long; what is refused is not read, so that nothing of it need be there."""
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    body = b"--B--\r\n"
    return client.post(
        path, body, content_type="multipart/form-data; boundary=B", CONTENT_LENGTH=str(length)
    ).status_code


def test_a_form_has_a_length(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in (reverse("account_login"), reverse("sectors:quick", args=[desk.project.pk])):
        assert announced(client, path, MAX_FORM + 1) == 413


def test_forms_with_files_are_longer_for_who_is_signed_in(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.administrator)
    path = reverse("sectors:quick", args=[desk.project.pk])
    request = RequestFactory().post(path, CONTENT_LENGTH=str(MAX_FORM + 1))
    for user, goes_on in ((desk.administrator, True), (AnonymousUser(), False)):
        request.user = user
        answer = BodySizeMiddleware(HttpResponse).process_view(request, resolve(path).func, (), {})
        assert (answer is None) is goes_on
    assert announced(client, path, max_files_body() + 1) == 413
    assert announced(client, reverse("sectors:quick_import", args=[desk.project.pk]), MAX_FORM + 1) == 413
