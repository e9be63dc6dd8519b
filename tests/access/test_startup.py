"""What states no rule of access does not start (docs/rules.md, Access)."""

from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

import live
from live import topics
from orgs import checks
from orgs.access import Member, public, requires, signed_in
from orgs.api.base import Anyone, ApiViewSet, ProjectScopedViewSet


def problems(view: Any) -> list[str]:
    return [f"{error.id} {error.msg}" for error in checks.unstated([("somewhere/", path("somewhere/", view))])]


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("secret")


def test_the_program_itself_starts() -> None:
    assert checks.every_view_states_its_rule(None) == []
    assert checks.every_topic_states_its_rule(None) == []


def test_a_page_states_its_rule() -> None:
    assert problems(page) == ["orgs.E001 somewhere/ states no rule of access."]
    for view in (requires(Member.may_use_chats)(page), signed_in(page), public(page)):
        assert problems(view) == []


class Half(ProjectScopedViewSet):
    """States who may read, and forgets who may write."""

    rules: ClassVar = {"list": Member.may_use_chats}

    def list(self, request: Request, **kwargs: Any) -> Response:
        return Response()

    def create(self, request: Request, **kwargs: Any) -> Response:
        return Response("done")


class Whole(Half):
    """Adds what was forgotten; what the other states stands."""

    rules: ClassVar = {"create": Member.may_connect_flow}


class Older(ApiViewSet):
    permission_classes: ClassVar = (Anyone,)
    rules: ClassVar = {"list": Anyone}

    def list(self, request: Request) -> Response:
        return Response()


class Own(ApiViewSet):
    rules: ClassVar = {"list": Anyone}

    def list(self, request: Request) -> Response:
        return Response()

    def get_permissions(self) -> Any:
        return []


class Bare(ViewSet):
    def list(self, request: Request) -> Response:
        return Response()


READ = {"get": "list"}
BOTH = READ | {"post": "create"}


def test_each_action_of_an_api_states_its_rule() -> None:
    assert problems(Half.as_view(dict(BOTH))) == ["orgs.E002 POST somewhere/ states no rule of access."]
    assert problems(Whole.as_view(dict(BOTH))) == []


@pytest.mark.parametrize("kind", [Older, Own, Bare])
def test_a_viewset_of_an_api_that_goes_its_own_way_does_not_start(kind: Any) -> None:
    assert [problem.split()[0] for problem in problems(kind.as_view(dict(READ)))] == ["orgs.E002"]


def test_nobody_may_call_an_action_without_a_rule(desk: Any) -> None:
    """Were the check not run: the view refuses."""
    request = RequestFactory().post("/")
    request.user, request.session = desk.administrator, SessionStore()
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    assert Half.as_view(dict(BOTH))(request, project=desk.project.pk).status_code == 403
    request = RequestFactory().get("/")
    request.user, request.session = desk.administrator, SessionStore()
    assert Half.as_view(dict(BOTH))(request, project=desk.project.pk).status_code == 200


def test_a_topic_states_who_may_follow_it() -> None:
    with pytest.raises(ValueError, match="no rule"):
        live.publish(["everything:1"], "ticket")
    with pytest.raises(ValueError, match="has a rule already"):
        topics.topic("queue")(lambda member: [])


def test_a_module_that_publishes_to_a_topic_of_its_own_making_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = (
        'def tell(id):\n    """Not: this."""\n    publish([f"everything:{id}", "queue:1"], "ticket", ticket=id)\n'
    )
    module: Any = SimpleNamespace(__name__="loud", publish=live.publish)
    monkeypatch.setitem(checks.sys.modules, "loud", module)
    monkeypatch.setattr(checks.inspect, "getsource", lambda asked: source if asked is module else "")
    [error] = checks.every_topic_states_its_rule(None)
    assert (error.id, "'everything'" in error.msg) == ("orgs.E003", True)
