"""What the client of the monitor refuses before it asks, and says of a name that does not exist."""

import grpc
import grpc.aio
import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable


@pytest.mark.parametrize("token", ["", "a b", "ü", "a\n"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="MONITORING_TOKEN"):
        MonitorClient(address="127.0.0.1:6969", token=token)


def test_a_name_that_cannot_be_resolved_is_said_without_the_words_of_the_resolver() -> None:
    details = (
        "errors resolving foo:1: [field:hostname lookup error:address lookup failed for foo:1: Domain name not found]"
    )
    metadata = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, metadata, metadata, details=details)
    translated = MonitorClient(address="foo:1")._translated(error)
    assert isinstance(translated, MonitorUnavailable)
    assert str(translated) == "no monitor of sqsd answers at foo:1: the name of the host cannot be resolved"
