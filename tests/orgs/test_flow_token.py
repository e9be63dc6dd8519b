"""``manage.py flow_token``: prints a token that works, and nothing else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orgs.models import ApiToken, AuditEntry, TokenScope
from tests.flow import FlowEngine
from tickets.webhooks import signing


def run(command="flow_token", *args):
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["slug", "id"])
def test_of_a_project(desk, by):
    printed = run("flow_token", desk.project.slug if by == "slug" else str(desk.project.pk))
    assert printed.count("\n") == 1
    secret = printed.strip()
    assert FlowEngine(secret).open(sector_uuid=str(desk.sector.pk)).status_code == 201
    token = ApiToken.objects.get()
    assert (token.project, token.scopes) == (desk.project, [TokenScope.OPEN])
    assert secret not in str(ApiToken.objects.values())
    entry = AuditEntry.objects.filter(action="token.created").get()
    assert (entry.actor_name, entry.project) == ("system", desk.project)


def test_of_an_organization_and_of_the_installation(desk, other_desk):
    organization = desk.project.organization
    for named in (str(organization.pk), organization.name):
        flow = FlowEngine(run("flow_token", "--organization", named).strip())
        assert flow.open(sector_uuid=str(desk.sector.pk)).status_code == 201
        assert flow.open(sector_uuid=str(other_desk.sector.pk)).status_code == 404
    flow = FlowEngine(run("flow_token", "--installation", "--name", "Engine").strip())
    assert flow.open(sector_uuid=str(other_desk.sector.pk)).status_code == 201
    assert ApiToken.objects.filter(name="Engine", organization=None).exists()


def test_other_scopes(desk):
    run("flow_token", desk.project.slug, "--scope", "read", "--scope", "open")
    assert ApiToken.objects.get().scopes == ["open", "read"]


@pytest.mark.parametrize(
    "args",
    [[], ["nowhere"], ["0192f0c1-0000-7000-8000-000000000000"], ["--organization", "none"],
     ["x", "--installation"], ["--installation", "--name", "  "]],
)  # fmt: skip
def test_what_it_can_not_do_is_said(db, args):
    with pytest.raises(CommandError) as refused:
        run("flow_token", *args)
    assert len(str(refused.value)) > 5
    assert not ApiToken.objects.exists()


def test_the_secret_of_the_signature(desk):
    [secret] = signing.secrets_of(desk.project.pk, timezone.now())
    assert run("callback_secret", desk.project.slug).strip() == secret.text
    assert run("callback_secret", desk.project.slug, "--standard").strip() == secret.standard
