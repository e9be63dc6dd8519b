"""Methods beside those an address is made for: OPTIONS says how to send, HEAD reads, anything else is refused."""

from orgs.models import TokenScope


def test_options_says_how_to_send_and_asks_the_rules(desk, program, as_program):
    elsewhere = as_program(desk, TokenScope.OPEN)
    for path in ("tags/", f"tags/{desk.tags[0].pk}/", "tags/import/", "set-up/", "configuration/"):
        answer = program.call("OPTIONS", f"/projects/{desk.project.pk}/{path}")
        assert answer.status_code == 200, path
        assert set(answer.json()) == {"name", "description", "renders", "parses"}
        assert elsewhere.call("OPTIONS", f"/projects/{desk.project.pk}/{path}").status_code == 403


def test_head_is_let_in_as_get_is(desk, program, as_program):
    path = f"/projects/{desk.project.pk}/tags/"
    assert program.call("HEAD", path).status_code == 200
    assert as_program(desk, TokenScope.OPEN).call("HEAD", path).status_code == 403


def test_another_method_is_refused_with_those_there_are(desk, program):
    for path, allowed in (("tags/", "GET, POST, HEAD, OPTIONS"), ("tags/import/", "POST, OPTIONS")):
        answer = program.call("PUT", f"/projects/{desk.project.pk}/{path}")
        assert answer.status_code == 405
        assert answer.json()["code"] == "method_not_allowed"
        assert answer["Allow"] == allowed
