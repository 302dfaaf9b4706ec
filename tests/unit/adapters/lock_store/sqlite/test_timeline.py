"""The time of a lock file."""

from pathlib import Path

from sqsd_adapters.lock_store.sqlite.timeline import Timeline, boot_id


class HandClock:
    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.time = 50.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.time


def test_it_begins_at_the_wall_clock_and_goes_on_with_the_monotonic_one() -> None:
    clock = HandClock()
    timeline = Timeline(clock=clock, boot="this")
    timeline.continue_from(timeline.new_base(latest=0.0))
    clock.wall += 86_400.0
    clock.time += 1.0

    assert timeline.now() == 1_800_000_001.0


def test_it_never_begins_before_the_last_instant_of_the_file() -> None:
    timeline = Timeline(clock=HandClock(), boot="this")
    timeline.continue_from(timeline.new_base(latest=1_900_000_000.0))

    assert timeline.now() == 1_900_000_000.0


def test_without_a_boot_id_it_is_the_wall_clock() -> None:
    clock = HandClock()

    assert Timeline(clock=clock, boot=None).now() == clock.wall


def test_a_boot_id_that_is_hidden_is_none(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("2f9a\n")

    assert boot_id(tmp_path / "boot_id") == "2f9a"
    assert boot_id(tmp_path / "hidden") is None
