"""Background jobs of the orgs app: thin callers of operations."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orgs.invitations.mail import MailContext, send
from orgs.operations.invitations import renew_link

#: E-mails per connection; if a worker dies, at most this many are sent twice.
AT_ONCE = 20


class NoMailServer(Exception):
    """The mail server can't be reached; the job is retried with growing delays."""


#: Seconds until the first retry, tripled for each further one; the job gives up after some hours.
_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3, retry_exceptions=[NoMailServer])


@app.task(name="orgs.mail_invitations", queue="mail", retry=_AGAIN)
def mail_invitations(invitations: list[str], language: str, inviter: str) -> None:
    """Send the e-mails of invitations that are still open and have not been sent yet. Safe to run twice.

    The link is created when the e-mail is sent, so that jobs contain no secrets. Raises NoMailServer.
    """
    head = MailContext(language, inviter)
    for begin in range(0, len(invitations), AT_ONCE):
        links = [renew_link(UUID(pk)) for pk in invitations[begin : begin + AT_ONCE]]
        if not send([link for link in links if link], head).reached:
            raise NoMailServer
