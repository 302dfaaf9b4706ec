"""The connections to SQS notice that its host is gone, by either way; row 38."""

from urllib.parse import urlsplit

import pytest

from sqsd_adapters.queue.sqs import Client
from tests.support.embedded import embedded_server
from tests.support.moto import sqs_queue
from tests.support.socket_options import DEAD_WITHIN, options_of_connections_to, seconds_until_dead

pytestmark = pytest.mark.integration


async def test_a_host_of_sqs_that_vanishes_is_found_dead_within_two_minutes(client: Client) -> None:
    async with embedded_server() as server, sqs_queue(server.queue_url("jobs"), client=client) as queue:
        await queue.describe()
        await queue.receive(max_messages=1, wait=0.0, visibility=30.0)
        connections = options_of_connections_to(urlsplit(server.url).port or 0)
    assert connections
    assert all(seconds_until_dead(options) <= DEAD_WITHIN for options in connections)
