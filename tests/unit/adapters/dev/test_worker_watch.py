"""A worker that is not there yet."""

from sqsd_adapters.dev.worker_watch import WorkerWatch
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.admission import Admission


class Probe:
    """Succeeds from the n-th time on."""

    def __init__(self, failures: int) -> None:
        self.left = failures

    async def probe(self) -> bool:
        self.left -= 1
        return self.left < 0


async def test_nothing_is_received_until_the_worker_answers_and_the_page_is_told_why() -> None:
    admission = Admission(clock=LoopClock())
    told: list[tuple[str, bool]] = []

    async def sleep(seconds: float) -> None:
        told.append((watch.waiting, admission.admits))

    watch = WorkerWatch(probe=Probe(2), admission=admission, address="http://127.0.0.1:8080/", sleep=sleep)
    await watch.run()
    assert told == [("Your worker does not answer at http://127.0.0.1:8080/ yet.", False)] * 2
    assert (watch.waiting, admission.admits) == ("", True)


async def test_a_worker_that_is_there_is_asked_once() -> None:
    admission, probe = Admission(clock=LoopClock()), Probe(0)
    await WorkerWatch(probe=probe, admission=admission, address="").run()
    assert (probe.left, admission.admits) == (-1, True)
