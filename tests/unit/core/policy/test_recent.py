"""The last five minutes of a queue: differences between marks."""

from sqsd_core.policy.figures import DURATIONS, Figures
from sqsd_core.policy.histogram import Histogram
from sqsd_core.policy.recent import KEPT, STEP, Marks, Point, Recent


def work(figures: Figures, *, succeeded: int = 0, failed: int = 0, duration: float = 0.01, reason: str = "") -> None:
    figures.outcomes.update(Succeeded=succeeded, Failed=failed)
    for _ in range(succeeded + failed):
        figures.durations["Succeeded"].observe(duration)
    for _ in range(failed):
        figures.blame(reason)


def test_without_marks_nothing_is_recent() -> None:
    figures = Figures()
    work(figures, succeeded=5)

    recent = Marks().recent(figures, now=100.0)

    assert (recent.seconds, recent.ended, recent.rate, recent.points) == (0.0, 0, 0.0, [])


def test_only_what_followed_the_oldest_mark_counts() -> None:
    marks, figures = Marks(), Figures()
    work(figures, succeeded=100, duration=10.0)
    marks.mark(figures, now=0.0)
    work(figures, succeeded=8, failed=2, duration=0.01, reason="status 500")

    recent = marks.recent(figures, now=5.0)

    assert (recent.seconds, recent.ended, recent.failed, recent.rate) == (5.0, 10, 2, 2.0)
    assert recent.causes == {"status 500": 2}
    assert (recent.durations.quantile(0.99) or 0.0) <= 0.01


def test_five_minutes_are_kept_as_points_the_oldest_first() -> None:
    marks, figures = Marks(), Figures()
    for step in range(100):
        marks.mark(figures, now=step * STEP)
        work(figures, succeeded=step, failed=1, reason="status 500")

    recent = marks.recent(figures, now=99 * STEP)

    assert len(recent.points) == KEPT
    assert recent.points[-1] == Point(ended=99, failed=1)
    assert recent.seconds == KEPT * STEP


def test_a_reason_that_was_forgotten_meanwhile_counts_from_its_return() -> None:
    marks, figures = Marks(), Figures()
    work(figures, failed=3, reason="status 500")
    marks.mark(figures, now=0.0)
    for number in range(60):
        work(figures, failed=1, reason=f"status {number}")
    work(figures, failed=1, reason="status 500")

    assert "status 500" not in marks.recent(figures, now=1.0).causes or len(figures.causes) == 50


def test_a_total_aligns_the_newest_points() -> None:
    long = Recent(seconds=30.0, ended=3, points=[Point(ended=1, failed=0)] * 3)
    short = Recent(seconds=10.0, ended=5, failed=5, points=[Point(ended=5, failed=5)])

    total = Recent.total([short, long])

    assert (total.seconds, total.ended, total.failed) == (30.0, 8, 5)
    assert total.points == [Point(ended=1, failed=0), Point(ended=1, failed=0), Point(ended=6, failed=5)]
    assert total.durations == Histogram(bounds=DURATIONS)
