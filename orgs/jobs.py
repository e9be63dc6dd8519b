"""Background work of the orgs app: thin callers of operations."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orgs.invitations.mail import MailContext, send
from orgs.operations.invitations import renew_link

#: Letters of one connection; where a worker dies, so many at most go out twice.
AT_ONCE = 20


class NoMailServer(Exception):
    """The mail server can't be reached: tried again, each time later."""


#: Seconds until the first time again; three times that until the next, and so on: given up after some hours.
_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3, retry_exceptions=[NoMailServer])


@app.task(name="orgs.mail_invitations", queue="mail", retry=_AGAIN)
def mail_invitations(invitations: list[str], origin: str, language: str, inviter: str) -> None:
    """Send the letters of invitations that have not left and are still wanted. Twice does no harm.

    A letter's link is made as it is sent: a job holds none. Raises NoMailServer.
    """
    head = MailContext(origin, language, inviter)
    for begin in range(0, len(invitations), AT_ONCE):
        links = [renew_link(UUID(pk)) for pk in invitations[begin : begin + AT_ONCE]]
        if not send([link for link in links if link], head).reached:
            raise NoMailServer
