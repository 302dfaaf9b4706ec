"""A message is blamed once the worker answers others that did not begin before it."""

from sqsd_core.policy.blame import REMEMBERED, Blame


def test_a_message_is_not_blamed_for_what_may_be_the_worker() -> None:
    blame: Blame[str] = Blame()
    blame.dropped("poison", began=1.0)

    blame.answered("older", began=0.9)

    assert not blame.is_blamed("poison")
    assert blame.is_open


def test_a_message_is_blamed_when_another_beside_it_was_answered() -> None:
    blame: Blame[str] = Blame()
    blame.dropped("poison", began=1.0)

    blame.answered("good", began=1.0)

    assert blame.is_blamed("poison")
    assert not blame.is_open


def test_its_own_answer_clears_a_message() -> None:
    blame: Blame[str] = Blame()
    blame.dropped("once", began=1.0)

    blame.answered("once", began=2.0)

    assert not blame.is_blamed("once")
    assert not blame.is_open


def test_what_is_blamed_is_not_doubted_again() -> None:
    blame: Blame[str] = Blame()
    blame.dropped("poison", began=1.0)
    blame.answered("good", began=1.0)

    blame.dropped("poison", began=5.0)

    assert blame.is_blamed("poison")
    assert not blame.is_open


def test_only_the_latest_are_remembered() -> None:
    blame: Blame[int] = Blame()
    for number in range(2 * REMEMBERED):
        blame.dropped(number, began=1.0)
    blame.answered(-1, began=1.0)

    assert [number for number in range(2 * REMEMBERED) if blame.is_blamed(number)] == [*range(100, 200)]
    for number in range(1_000, 1_000 + REMEMBERED):
        blame.dropped(number, began=2.0)
    blame.answered(-1, began=2.0)
    assert not blame.is_blamed(199)
