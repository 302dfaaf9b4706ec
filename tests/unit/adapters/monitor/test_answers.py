"""How many answers may be under way at once."""

from sqsd_adapters.monitor.answers import Answers


def test_a_peer_has_so_many_answers_whatever_ports_it_reads_them_from() -> None:
    answers = Answers(most=10, most_of_peer=2)
    assert [answers.begin(f"ipv4:192.0.2.1:{port}") for port in range(3)] == [True, True, False]
    assert answers.begin("ipv4:192.0.2.2:1")


def test_all_peers_together_have_so_many() -> None:
    answers = Answers(most=2, most_of_peer=2)
    assert [answers.begin(f"ipv6:%5B2001:db8::{host}%5D:1") for host in range(3)] == [True, True, False]


def test_an_answer_that_ends_makes_room() -> None:
    answers = Answers(most=1, most_of_peer=1)
    assert answers.begin("ipv4:192.0.2.1:1")
    answers.end("ipv4:192.0.2.1:1")
    assert answers.begin("ipv4:192.0.2.1:2")
