"""Both ways by which the hot calls reach SQS."""

import pytest

from sqsd_adapters.queue.sqs import Client


@pytest.fixture(params=["short", "aiobotocore"])
def client(request: pytest.FixtureRequest) -> Client:
    way: Client = request.param
    return way
