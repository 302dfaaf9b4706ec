"""A stop that arrives both as a signal and from the parent counts once."""

from sqsd_adapters.cli.processes.stops import Stops


def made() -> tuple[Stops, list[str]]:
    requests: list[str] = []
    return Stops(lambda: requests.append("stop")), requests


def test_each_signal_is_a_request() -> None:
    stops, requests = made()
    stops.signalled()
    stops.signalled()
    assert len(requests) == 2


def test_a_signal_and_the_parents_word_for_it_are_one_request() -> None:
    stops, requests = made()
    stops.signalled()
    stops.reach(1)
    assert len(requests) == 1


def test_the_second_request_of_the_parent_is_one_whether_or_not_signals_came() -> None:
    stops, requests = made()
    stops.reach(1)
    stops.signalled()
    stops.reach(2)
    stops.signalled()
    assert len(requests) == 2
