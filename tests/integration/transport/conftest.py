"""Both transports on both event loops."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from tests.support.certificates import Authority

type_of_exchange = type[HttpxExchange] | type[Http11Exchange]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on asyncio's loop and on uvloop's."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[Http11Exchange, HttpxExchange], ids=["http11", "httpx"])
def transport(request: pytest.FixtureRequest) -> type_of_exchange:
    """The class under test."""
    transport: type_of_exchange = request.param
    return transport


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("certificates")))
