"""What a job may say."""

from typing import Any

import pytest

from sqsd_core.outcome import RetryLater


@pytest.mark.parametrize("after", [float("nan"), "30", None])
def test_retry_later_turns_away_what_is_no_number_of_seconds(after: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        RetryLater(after)
