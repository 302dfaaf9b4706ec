"""The pool is opened and closed with the job, and a full pool puts messages off."""

import sqlite3
from contextlib import closing
from pathlib import Path

from examples.pooled_job import SIZE, PooledShipping
from sqsd_adapters.testing import EmbeddedQueue, in_virtual_time, work_off
from sqsd_core import DaemonOptions

MANY = DaemonOptions(slots=4 * SIZE, wait_time=1.0)


@in_virtual_time
async def test_every_order_is_shipped_once_by_a_pool_that_is_smaller_than_the_slots(tmp_path: Path) -> None:
    path = str(tmp_path / "shipments.sqlite3")
    queue = EmbeddedQueue()
    orders = [f"order {number}" for number in range(40)]
    for order in orders:
        queue.send(order)

    async with PooledShipping(path=path) as shipping:
        await work_off(queue, shipping, options=MANY)

    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT body FROM shipments").fetchall()
    assert sorted(rows) == sorted((order,) for order in orders)
