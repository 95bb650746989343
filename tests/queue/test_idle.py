"""Workers that end when there is nothing to do."""

import asyncio
import time

import pytest

from tests.fixtures.commands import Run
from tests.fixtures.published import MakeUser, Publish
from videoflix.__main__ import main
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.db.pool import Database
from videoflix.encoding import jobs as run_job
from videoflix.encoding.context import JobContext, JobProgress
from videoflix.queue import queries as jobs
from videoflix.queue.models import Job, JobKind
from videoflix.queue.queues import TRANSCODE
from videoflix.worker import build

IDLE_SECONDS = 0.6


async def test_a_worker_ends_only_when_nothing_runs_or_waits(
    job_context: JobContext, publish: Publish, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videoflix.queue.idle.CHECK_SECONDS", 0.05)
    monkeypatch.setattr("videoflix.worker.SWEEP_SECONDS", 0.05)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def step(context: JobContext, job: Job, progress: JobProgress) -> None:
        began.set()
        await may_end.wait()
        async with context.database.transaction() as connection:
            await jobs.complete(connection, job)

    monkeypatch.setitem(run_job.STEPS, JobKind.INGEST, step)
    await publish("Alien")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, not_before) "
            "SELECT id, 'ingest', now() + interval '1 hour' FROM encodes"
        )
    task = asyncio.create_task(build(job_context, TRANSCODE, IDLE_SECONDS).start())
    await asyncio.sleep(2 * IDLE_SECONDS)
    assert not task.done()  # a job waits for its next try
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET not_before = now()")
    await asyncio.wait_for(began.wait(), 30)
    await asyncio.sleep(2 * IDLE_SECONDS)
    assert not task.done()  # its own job runs
    may_end.set()
    done_at = time.monotonic()
    await asyncio.wait_for(task, 30)
    assert time.monotonic() - done_at >= IDLE_SECONDS
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM jobs") == "done"


async def test_the_command_sends_what_waits_and_ends(run: Run, make_user: MakeUser, database: Database) -> None:
    user_id = await make_user("bob@example.org")
    async with database.connection() as connection:
        await mails.insert(connection, MailKind.RESET, user_id, "en")
    done = await asyncio.to_thread(run, "worker", "mail", "--exit-when-idle", "1")
    assert done.returncode == 0, done.stderr
    assert "[RESET LINK]" in done.stderr + done.stdout
    assert "nothing to do for 1 seconds" in done.stderr


@pytest.mark.parametrize("wrong", ["0", "-5", "soon"])
def test_the_command_refuses_an_idle_time_of_nothing(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["worker", "mail", f"--exit-when-idle={wrong}"])
    assert ended.value.code == 2
    assert "must be a whole number of seconds" in capsys.readouterr().err
