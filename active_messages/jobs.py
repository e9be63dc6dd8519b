"""Background jobs: thin wrappers around operations. The tables are the source of truth, jobs only hints."""

import logging
from uuid import UUID

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from core.tasks import to_the_end

from . import operations
from .client import EngineFailed, Unclear
from .operations.sending import Claim, Outcome

logger = logging.getLogger(__name__)


@app.task(name="active_messages.send_starts", queue="callbacks")
async def send_starts(project_id: str) -> None:
    """Send what is queued of a project, one after the other."""
    while claim := await sync_to_async(operations.claim_next)(UUID(project_id)):
        await to_the_end(_send(claim))


async def _send(claim: Claim) -> None:
    try:
        outcome = Outcome(await claim.engine.start(claim.flow, contact=claim.contact, urn=claim.urn))
    except EngineFailed as failure:
        outcome = Outcome(failure=failure)
    except Unclear:
        outcome = Outcome()
    except Exception:
        # Whatever the engine answered, the others of the batch are sent.
        logger.exception("start %s: its outcome is not known", claim.start)
        outcome = Outcome()
    await sync_to_async(operations.settle)(claim, outcome)


@app.periodic(cron="* * * * * */5", queueing_lock="starts_due")
@app.task(name="active_messages.starts_due", queue="periodic")
def starts_due(timestamp: int) -> None:
    """Defer jobs for starts that are due, and give up those whose sender has died."""
    operations.give_up_lost()
    operations.hand_over_due()
