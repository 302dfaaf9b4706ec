"""A function that INVOKER names, as the daemon calls it."""

import pytest

from examples import callable_job
from sqsd_adapters.testing import EmbeddedQueue, in_virtual_time, work_off
from sqsd_core import DaemonOptions


@pytest.fixture(autouse=True)
def nothing_is_resized() -> None:
    callable_job.resized.clear()


@in_virtual_time
async def test_a_picture_is_resized() -> None:
    queue = EmbeddedQueue()
    queue.send('{"picture": "cat.jpg"}')
    board = await work_off(queue, callable_job.resize)
    assert callable_job.resized == ["cat.jpg"]
    assert board.outcomes == {"Succeeded": 1}


@in_virtual_time
async def test_a_job_without_a_picture_stays_hidden_until_it_is_a_dead_letter() -> None:
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send("{}")
    options = DaemonOptions(visibility_timeout=30.0, wait_time=1.0)
    board = await work_off(queue, callable_job.resize, options=options, within=120.0)
    assert board.outcomes == {"Retained": 2}
    assert queue.dead_letters == ["{}"]


@in_virtual_time
async def test_an_upload_that_is_not_complete_is_tried_again_a_minute_later() -> None:
    queue = EmbeddedQueue(max_receive_count=2)
    queue.send('{"uploaded": false}')
    board = await work_off(queue, callable_job.resize, within=5 * callable_job.MINUTE)
    assert board.outcomes == {"RetryLater": 2}
