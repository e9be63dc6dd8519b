"""Letters that take long are sent by the worker, and the page says how far they are (docs/rules.md, Invitations)."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from orgs import jobs
from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.invitations import mail as invitation_mail
from orgs.models import Invitation, Organization, User
from tests.builders import administrator_of
from tests.pages import said, text_of

ADDRESSES = [f"new-{n}@example.org" for n in range(6)]


class Worker:
    """What the worker would find to do, done in the test's own transaction."""

    def args(self) -> dict[str, Any]:
        """Return what the only job was given."""
        job = ProcrastinateJob.objects.get(task_name="orgs.mail_invitations")
        assert job.status == "todo"
        return dict(job.args)

    def run(self) -> None:
        """Do the only job."""
        jobs.mail_invitations(**self.args())


@pytest.fixture
def worker(db: None) -> Worker:
    """The worker in the test's hand."""
    return Worker()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that takes two seconds for each e-mail."""
    clock = [0.0]
    send_messages = EmailBackend.send_messages

    def slowly(self: EmailBackend, messages: list) -> int:
        clock[0] += 2
        return send_messages(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)
    monkeypatch.setattr(invitation_mail.time, "monotonic", lambda: clock[0])


def invite(organization: Organization) -> tuple[Client, Any]:
    client = Client()
    client.force_login(administrator_of(organization))
    url = reverse("orgs:organization_members", args=[organization.pk])
    return client, client.post(url, {"emails": "\n".join(ADDRESSES), "role": "viewer"})


def mailed() -> list[str]:
    return sorted(Invitation.objects.exclude(mailed_at=None).values_list("email", flat=True))


def link_in(sent: Any) -> str:
    found = re.search(r"http://localhost:8000(/invitations/\S+)", sent.body)
    assert found
    return found[1]


def test_a_page_waits_no_longer_than_its_patience(organization: Organization, slow: None, worker: Worker) -> None:
    client, answer = invite(organization)
    assert "3 e-mails are still being sent." in " ".join(said(answer))
    assert "6 invited." in said(answer)
    assert mailed() == ADDRESSES[:3]
    page = client.get(answer.url)
    assert text_of(page).count("Not mailed yet") == 3
    worker.run()
    assert [sent.to for sent in mail.outbox] == [[address] for address in ADDRESSES]
    assert mailed() == ADDRESSES
    assert "Not mailed yet" not in text_of(client.get(answer.url))


def test_the_link_that_the_worker_sends_works(organization: Organization, slow: None, worker: Worker) -> None:
    invite(organization)
    worker.run()
    sent = mail.outbox[-1]
    assert administrator_of(organization).name in sent.body
    assert Client().get(link_in(sent)).status_code == 200
    assert len({link_in(sent) for sent in mail.outbox}) == 6


def test_the_worker_speaks_the_language_of_whoever_invites(
    organization: Organization, slow: None, worker: Worker
) -> None:
    User.objects.filter(pk=administrator_of(organization).pk).update(language="es")
    invite(organization)
    worker.run()
    assert len({re.sub(r"http\S+", "", sent.body) for sent in mail.outbox}) == 1
    assert all('<html lang="es" ' in sent.alternatives[0][0] for sent in mail.outbox)


def test_a_job_holds_no_secret(organization: Organization, slow: None, worker: Worker) -> None:
    invite(organization)
    assert set(worker.args()) == {"invitations", "language", "inviter"}


def test_what_is_taken_back_meanwhile_is_not_sent(organization: Organization, slow: None, worker: Worker) -> None:
    invite(organization)
    orgs.revoke(Invitation.objects.get(email=ADDRESSES[4]), by=SYSTEM)
    worker.run()
    assert ADDRESSES[4] not in {sent.to[0] for sent in mail.outbox}


def test_a_job_that_comes_twice_sends_once(organization: Organization, slow: None, worker: Worker) -> None:
    invite(organization)
    for _time in range(2):
        worker.run()
    assert len(mail.outbox) == 6


def test_without_a_mail_server_the_job_comes_again(
    organization: Organization, slow: None, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(organization)

    def unreachable(self: EmailBackend) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "open", unreachable)
        with pytest.raises(jobs.NoMailServer):
            worker.run()
    assert mailed() == ADDRESSES[:3]
    worker.run()
    assert mailed() == ADDRESSES


def test_sending_again_in_vain_says_that_the_new_link_is_nowhere(
    organization: Organization, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The e-mail that has left holds the old link, which is dead."""
    client, _answer = invite(organization)
    assert mailed() == ADDRESSES

    def refuse(self: EmailBackend, messages: list) -> int:
        raise OSError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    pk = Invitation.objects.get(email=ADDRESSES[0]).pk
    client.post(reverse("orgs:invitation_resend", args=[organization.pk, pk]))
    assert mailed() == ADDRESSES[1:]
