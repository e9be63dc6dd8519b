"""Background jobs: thin wrappers around operations. The tables are the source of truth, jobs only hints."""

from uuid import UUID

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from . import operations
from .client import EngineFailed, Unclear
from .operations.sending import Claim, Outcome


@app.task(name="active_messages.send_starts", queue="callbacks")
async def send_starts(project_id: str) -> None:
    """Send what is queued of a project, one after the other."""
    while claim := await sync_to_async(operations.claim_next)(UUID(project_id)):
        await sync_to_async(operations.settle)(claim, await _send(claim))


async def _send(claim: Claim) -> Outcome:
    try:
        return Outcome(await claim.engine.start(claim.flow, contact=claim.contact, urn=claim.urn))
    except EngineFailed as failure:
        return Outcome(failure=failure)
    except Unclear:
        return Outcome()


@app.periodic(cron="* * * * * */5", queueing_lock="starts_due")
@app.task(name="active_messages.starts_due", queue="periodic")
def starts_due(timestamp: int) -> None:
    """Defer jobs for starts that are due, and give up those whose sender has died."""
    operations.give_up_lost()
    operations.hand_over_due()
