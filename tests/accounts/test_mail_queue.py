"""The message that tells the mail worker about a new mail."""

import logging

import pytest

from tests.fixtures.services import Services
from videoflix.accounts.mail_queue import enqueue_mail
from videoflix.queue.queues import MAIL, Queues


async def test_a_mail_is_enqueued_once_with_the_id_of_its_row(queues: Queues) -> None:
    for _ in range(2):
        await enqueue_mail(queues, 7)
    job = await queues[MAIL].job("mail:7:0")
    assert job
    assert (job.function, job.kwargs) == ("mail", {"row_id": 7})
    assert await queues[MAIL].count("queued") == 1


async def test_without_redis_a_warning_names_the_mail(
    restartable_services: Services, queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "videoflix.accounts.mail_queue")
    restartable_services.stop("redis")
    await enqueue_mail(queues, 7)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["mail 7 waits for the queue"]
