"""Background jobs of the tickets app: thin wrappers around operations.

The tables are the source of truth, jobs only hints: if a job is lost or runs twice, the periodic ones below find what
is due in the tables.
"""

import logging
from datetime import datetime
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import QueryDict
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from core.files import storage
from core.tasks import to_the_end
from orgs.models import Project
from queues.operations import apply_pending_pauses, set_lost_agents_offline

from . import operations, routing
from .files import fetching
from .webhooks import delivery, outbox, transport
from .webhooks.log import CallbackFilterForm, hosts_of

logger = logging.getLogger("tickets.jobs")


@app.task(name="tickets.deliver", queue="callbacks")
async def deliver(ticket_id: str) -> None:
    """Send a ticket's pending deliveries in order, until none is left or one has to wait."""
    while parcel := await sync_to_async(delivery.claim_next)(UUID(ticket_id)):
        await to_the_end(_send(parcel))


async def _send(parcel: delivery.Attempt) -> None:
    outcome = await transport.post(parcel.url, parcel.body, parcel.headers, parcel.patience)
    if not outcome.delivered:
        logger.info("callback of ticket %s failed, attempt %s: %s", parcel.ticket, parcel.attempt, outcome.error)
    await sync_to_async(delivery.settle)(parcel, outcome)


@app.task(name="tickets.send_failed_again", queue="periodic")
def send_failed_again(project_id: str, query: str, until: str) -> None:
    """Queue a project's failed deliveries again that a query string of its log asks for."""
    project = Project.objects.get(pk=project_id)
    form = CallbackFilterForm(QueryDict(query), hosts=hosts_of(project), zone="UTC")
    if form.is_valid():
        operations.send_failed_of(project, form.asked(), datetime.fromisoformat(until))


_fetching = 0


@app.task(name="tickets.fetch_media", queue="media", priority=-10)
async def fetch_media() -> None:
    """Fetch files of channels, one after the other, until none is due.

    So many of these jobs run at a time in a worker and no more, for callbacks to find the rest of it free; the others
    leave their files to those, which take what is due.
    """
    global _fetching
    if _fetching >= settings.MEDIA_CONCURRENCY:
        return
    _fetching += 1
    try:
        while claim := await sync_to_async(fetching.claim_next)():
            await fetching.fetch(claim)
    finally:
        _fetching -= 1


@app.task(name="tickets.delete_files", queue="media", retry=RetryStrategy(max_attempts=50, linear_wait=60))
def delete_files(names: list[str]) -> None:
    """Delete stored files whose row is gone; the job itself remembers them until that has succeeded."""
    storage.remove(names)


# The sixth cron field is seconds. A queueing lock keeps at most one job of a kind waiting.


@app.periodic(cron="* * * * * */5", queueing_lock="deliver_due")
@app.task(name="tickets.deliver_due", queue="periodic", priority=10)
def deliver_due(timestamp: int) -> None:
    """Defer jobs for deliveries that are due: retries, and leftovers of crashed processes."""
    if found := delivery.due():
        outbox.hand_over(found)


@app.periodic(cron="* * * * * */5", queueing_lock="fetch_media_due")
@app.task(name="tickets.fetch_media_due", queue="periodic")
def fetch_media_due(timestamp: int) -> None:
    """Defer jobs for files that are due: retries, and leftovers of crashed processes."""
    fetching.hand_over(fetching.count_due())


@app.periodic(cron="* * * * * */15", queueing_lock="agents_offline")
@app.task(name="tickets.agents_offline", queue="periodic", priority=10)
def agents_offline(timestamp: int) -> None:
    """Set agents offline who have lost their live connection, and start announced pauses (docs/rules.md, Agent
    status)."""
    set_lost_agents_offline()
    apply_pending_pauses()


@app.periodic(cron="* * * * * */5", queueing_lock="sweep")
@app.task(name="tickets.sweep", queue="periodic", priority=10)
def sweep(timestamp: int) -> None:
    """Route tickets that wait although an agent is eligible. There should be none: each catch is a bug and logged."""
    caught = routing.sweep()
    if caught:
        logger.error("the sweep routed %s tickets that should have been routed already", caught)


@app.periodic(cron="* * * * * */5", queueing_lock="attend")
@app.task(name="tickets.attend", queue="periodic", priority=10)
def attend(timestamp: int) -> None:
    """Apply the sectors' service rules: return, warn, close (docs/rules.md, Service rules)."""
    operations.apply_service_rules()


@app.periodic(cron="* * * * * */2", queueing_lock="missed_targets")
@app.task(name="tickets.missed_targets", queue="periodic", priority=20)
def missed_targets(timestamp: int) -> None:
    """Mark tickets over their waiting target and alert managers (docs/rules.md, Waiting target)."""
    operations.mark_missed_targets()


@app.periodic(cron="* * * * * */15", queueing_lock="send_waiting_messages")
@app.task(name="tickets.send_waiting_messages", queue="periodic")
def send_waiting_messages(timestamp: int) -> None:
    """Tell waiting contacts their position, and that a sector has closed (docs/rules.md, Automatic messages)."""
    operations.send_waiting_messages()
    operations.send_closed_notices()


@app.periodic(cron="* * * * * */30", queueing_lock="retry_stalled")
@app.task(name="tickets.retry_stalled", queue="periodic", priority=10, pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Retry jobs of dead workers, except periodic ones, whose next run is due anyway."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        logger.warning("job %s (%s) stalled: its worker is gone", job.id, job.task_name)
        if job.queueing_lock:
            await jobs.finish_job(job, status=Status.FAILED, delete_job=True)
        else:
            await jobs.retry_job(job)


@app.periodic(cron="* * * * *", queueing_lock="join_pending_contacts")
@app.task(name="tickets.join_pending_contacts", queue="periodic")
def join_pending_contacts(timestamp: int) -> None:
    """Join contacts that had to wait until one of two open tickets is closed (docs/rules.md, Contacts)."""
    operations.join_pending_contacts()


@app.periodic(cron="* * * * *", queueing_lock="forget_answers")
@app.task(name="tickets.forget_answers", queue="periodic")
def forget_answers(timestamp: int) -> None:
    """Delete answers that were kept for repeated requests for a day (docs/flow.md, Type generic)."""
    operations.forget_answers()


@app.periodic(cron="*/10 * * * *", queueing_lock="delete_unsent_uploads")
@app.task(name="tickets.delete_unsent_uploads", queue="periodic")
def delete_unsent_uploads(timestamp: int) -> None:
    """Delete uploads that were not sent within a day (docs/rules.md, Files)."""
    operations.delete_unsent_uploads()


@app.periodic(cron="* * * * *", queueing_lock="purge_presence")
@app.task(name="tickets.purge_presence", queue="periodic")
def purge_presence(timestamp: int) -> None:
    """Delete expired presence rows (docs/rules.md, Presence)."""
    operations.purge_presence()


@app.periodic(cron="*/10 * * * *", queueing_lock="sum_intake_corrections")
@app.task(name="tickets.sum_intake_corrections", queue="periodic")
def sum_intake_corrections(timestamp: int) -> None:
    """Keep the counts of corrected requests in few rows (docs/rules.md, Intake)."""
    operations.sum_corrections()


@app.periodic(cron="17 3 * * *", queueing_lock="forget_jobs")
@app.task(name="tickets.forget_jobs", queue="periodic", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Delete failed jobs older than a week."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=7 * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )
