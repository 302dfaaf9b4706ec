"""What systemd and Kubernetes give a daemon to stop, as far as it is visible."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.checking.finding import Finding
from sqsd_adapters.cli.checking.machine import check_grace
from sqsd_adapters.cli.settings.settings import Settings

SETTINGS = Settings(QUEUE_URL="memory://jobs", INVOKER_URL="http://worker/", DRAIN_TIMEOUT=60)


def of_unit(place: Path, text: str, drop_in: str | None = None) -> list[Finding]:
    (place / "sqsd.service").write_text(text)
    if drop_in is not None:
        (place / "sqsd.service.d").mkdir()
        (place / "sqsd.service.d" / "local.conf").write_text(drop_in)
    return check_grace(SETTINGS, environ={}, units=[place])


@pytest.mark.parametrize("value", ["75", "80s", "1min 15s", "2 min", "1h"])
def test_a_unit_that_gives_enough_time_is_fine(tmp_path: Path, value: str) -> None:
    [finding] = of_unit(tmp_path, f"[Service]\nTimeoutStopSec={value}\n")
    assert finding.is_ok


@pytest.mark.parametrize("value", ["30", "1min", "74s"])
def test_a_unit_that_kills_before_the_drain_ends_is_named(tmp_path: Path, value: str) -> None:
    [finding] = of_unit(tmp_path, f"[Service]\nTimeoutStopSec={value}\n")
    assert "cuts off jobs" in finding.why
    assert "TimeoutStopSec=75" in finding.fix


@pytest.mark.parametrize("kind", ["notify", "notify-reload"])
def test_a_unit_that_listens_to_the_daemon_gives_the_time_that_it_asks_for(tmp_path: Path, kind: str) -> None:
    [finding] = of_unit(tmp_path, f"[Service]\nType={kind}\nTimeoutStopSec=10\n")
    assert finding.is_ok


def test_a_drop_in_wins(tmp_path: Path) -> None:
    [finding] = of_unit(tmp_path, "[Service]\nTimeoutStopSec=80\n", "[Service]\nTimeoutStopSec=10\n")
    assert not finding.is_ok


@pytest.mark.parametrize("text", ["[Service]\n", "[Service]\nTimeoutStopSec=infinity\n"])
def test_a_unit_without_a_limit_is_not_judged(tmp_path: Path, text: str) -> None:
    assert of_unit(tmp_path, text) == []


def test_in_a_pod_the_grace_that_is_needed_is_told() -> None:
    [finding] = check_grace(SETTINGS, environ={"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, units=[])
    assert finding.is_ok
    assert "terminationGracePeriodSeconds must be at least 75" in finding.why


def test_elsewhere_nothing_is_said(tmp_path: Path) -> None:
    assert check_grace(SETTINGS, environ={}, units=[tmp_path]) == []
