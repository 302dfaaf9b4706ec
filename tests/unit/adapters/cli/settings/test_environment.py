"""The process environment as a source of settings."""

import pytest

from sqsd_adapters.cli.settings.environment import is_service_link
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError

LINK = "tcp://10.96.7.12:80"


@pytest.mark.parametrize(("name", "port"), [("MONITORING_PORT", 6969), ("PROBE_PORT", -1)])
def test_a_service_link_of_kubernetes_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str, port: int) -> None:
    monkeypatch.setenv(name, LINK)
    assert getattr(Settings(QUEUE_URL="memory://jobs"), name) == port


def test_a_service_link_as_a_keyword_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MONITORING_PORT=tcp"):
        Settings(QUEUE_URL="memory://jobs", MONITORING_PORT=LINK)


@pytest.mark.parametrize(
    ("name", "value", "is_link"),
    [
        ("MONITORING_PORT", LINK, True),
        ("MONITORING_PORT", "udp://[fd00::1]:53", True),
        ("MONITORING_PORT", "6969", False),
        ("MONITORING_PORT", 6969, False),
        ("QUEUE_URL", LINK, False),
    ],
)
def test_a_service_link_is_told_by_its_name_and_scheme(name: str, value: object, is_link: bool) -> None:
    assert is_service_link(name, value) is is_link
