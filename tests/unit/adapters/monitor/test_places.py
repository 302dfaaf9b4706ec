"""Which connection makes room for a newcomer."""

from sqsd_adapters.monitor.places import Places


def test_newcomers_up_to_the_cap_displace_nobody() -> None:
    places: Places[int] = Places(most=3, most_of_peer=3)
    assert [places.enter(number, "a") for number in range(3)] == [None, None, None]


def test_the_oldest_of_all_makes_room_beyond_the_cap() -> None:
    places: Places[int] = Places(most=2, most_of_peer=2)
    assert [places.enter(number, peer) for number, peer in enumerate("abcd")] == [None, None, 0, 1]
    assert len(places) == 2


def test_a_peer_beyond_its_own_cap_loses_its_oldest_and_no_one_elses() -> None:
    places: Places[str] = Places(most=10, most_of_peer=2)
    places.enter("other", "a")
    assert [places.enter(name, "b") for name in ("b1", "b2", "b3", "b4")] == [None, None, "b1", "b2"]


def test_a_place_given_back_is_free() -> None:
    places: Places[int] = Places(most=2, most_of_peer=1)
    places.enter(1, "a")
    places.leave(1)
    places.leave(1)
    assert places.enter(2, "a") is None
