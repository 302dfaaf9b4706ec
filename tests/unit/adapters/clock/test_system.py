"""The machine's clocks."""

import time

from sqsd_adapters.clock.system import SystemClock


def test_now_is_unix_time() -> None:
    before = time.time()  # noqa: TID251 - held against the machine's own
    now = SystemClock().now()

    assert before <= now <= time.time()  # noqa: TID251 - as above


def test_monotonic_never_goes_back() -> None:
    clock = SystemClock()
    instants = [clock.monotonic() for _ in range(1_000)]

    assert instants == sorted(instants)
