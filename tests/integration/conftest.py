"""Both transports, certificates for them, and no socket that is left open."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from tests.support.certificates import Authority
from tests.support.http_invoker import Transport


@pytest.fixture(scope="module", autouse=True)
def collected_garbage() -> Iterator[None]:
    """What a module leaves open fails its last test, and not whichever test the collector happens to run in."""
    yield
    gc.collect()


@pytest.fixture(params=[Http11Exchange, HttpxExchange], ids=["http11", "httpx"])
def transport(request: pytest.FixtureRequest) -> Transport:
    transport: Transport = request.param
    return transport


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("certificates")))
