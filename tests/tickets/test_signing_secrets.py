"""The secret that signs a project's callbacks is its own (docs/flow.md)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tests.builders import Desk, project_of
from tests.pages import Pages, text_of
from tickets import operations
from tickets.models import SigningSecret
from tickets.webhooks import signing


def secrets_now(desk: Desk) -> list[str]:
    return [secret.text for secret in signing.secrets_of(desk.project.pk, timezone.now())]


@pytest.mark.django_db
def test_each_project_has_a_random_secret_that_is_stored_encrypted(desk: Desk) -> None:
    [own] = secrets_now(desk)
    [others] = signing.secrets_of(project_of().pk, timezone.now())

    assert own != others.text
    assert len(own) == 64
    assert secrets_now(desk) == [own]
    stored = SigningSecret.objects.get(project=desk.project)
    assert own not in stored.encrypted
    derived = salted_hmac("tickets.callbacks", desk.project.pk.hex, algorithm="sha256").hexdigest()
    assert own != derived


@pytest.mark.django_db
def test_a_secret_outlives_a_change_of_the_key_that_is_listed(desk: Desk, settings: Any) -> None:
    [own] = secrets_now(desk)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another key, just as long as the first",
    )
    assert secrets_now(desk) == [own]


@pytest.mark.django_db
def test_a_secret_that_cannot_be_read_is_replaced_on_its_page(desk: Desk, settings: Any) -> None:
    secrets_now(desk)
    settings.SECRET_KEY = "another key, just as long as the first"
    pages = Pages(desk.administrator, desk.project)

    assert "can’t be read any more" in text_of(pages.get("tickets:callbacks_secret"))
    assert pages.get("setup:connect", type="generic").status_code == 200
    operations.rotate_signing_secret(desk.project, by=desk.by())
    assert len(secrets_now(desk)) == 1
    assert "can’t be read any more" not in text_of(pages.get("tickets:callbacks_secret"))


@pytest.mark.django_db(transaction=True)
def test_those_who_ask_first_at_the_same_moment_get_one_secret(desk: Desk) -> None:
    def ask(_n: int) -> list[str]:
        try:
            return secrets_now(desk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len({tuple(found) for found in pool.map(ask, range(8))}) == 1


@pytest.mark.django_db
def test_projects_of_earlier_releases_keep_the_secret_that_their_flow_knows(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    back = MigrationExecutor(connection)
    [own] = [node for node in back.loader.graph.nodes if node[0] == "tickets" and node[1].endswith("_own_secrets")]
    parents = [parent.key for parent in back.loader.graph.node_map[own].parents if parent.key[0] == "tickets"]
    state = back.migrate(parents)
    rotated = timezone.now() - timedelta(hours=1)
    state.apps.get_model("tickets", "SigningSecret").objects.create(
        project_id=desk.project.pk, generation=1, rotated_at=rotated
    )
    never = project_of()
    forward = MigrationExecutor(connection)
    forward.migrate(forward.loader.graph.leaf_nodes())

    def derived(value: str) -> str:
        return salted_hmac("tickets.callbacks", value, algorithm="sha256").hexdigest()

    name = desk.project.pk.hex
    assert secrets_now(desk) == [derived(f"{name}:1"), derived(name)]
    [kept] = signing.secrets_of(never.pk, timezone.now())
    assert kept.text == derived(never.pk.hex)
