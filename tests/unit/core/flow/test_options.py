"""Options that code sets are checked where they are set; those of the environment are checked by Settings."""

from datetime import timedelta
from typing import Any

import pytest

from sqsd_core import DaemonOptions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"slots": "4"}, "slots: expected an integer, got str"),
        ({"slots": 2.0}, "slots: expected an integer, got float"),
        ({"batch_size": True}, "batch_size: expected an integer, got bool"),
        ({"invoker_timeout": "30s"}, "invoker_timeout: expected a number of seconds, got str"),
        ({"invoker_timeout": timedelta(seconds=30)}, "invoker_timeout: expected a number of seconds, got timedelta"),
        ({"wait_time": None}, "wait_time: expected a number of seconds, got NoneType"),
        ({"drain_timeout": "1m"}, "drain_timeout: expected a number of seconds, got str"),
        ({"rate": "50/s"}, "rate: expected Rate, got str"),
    ],
)
def test_an_option_that_is_not_of_its_type_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        DaemonOptions(**options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"slots": 0}, "slots: expected at least 1, got 0"),
        ({"batch_size": -1}, "batch_size: expected at least 1, got -1"),
        ({"visibility_timeout": 0}, "visibility_timeout: expected more than 0 seconds, got 0"),
        ({"invoker_timeout": -1.0}, "invoker_timeout: expected more than 0 seconds, got -1"),
        ({"wait_time": -0.5}, r"wait_time: expected at least 0 seconds, got -0\.5"),
        ({"drain_timeout": float("nan")}, "drain_timeout: expected a number of seconds, got nan"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DaemonOptions(**options)


def test_zero_is_a_duration_where_nothing_has_to_last() -> None:
    options = DaemonOptions(wait_time=0, interval=0, error_visibility_timeout=0, batch_window=0, drain_timeout=0)
    assert options.drain_timeout == 0
    assert DaemonOptions().drain_timeout is None
