"""The lock table, cell by cell, and against a model under random histories."""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sqsd_core.message import MessageId
from sqsd_core.policy import locking as module
from sqsd_core.policy.locking import Claim, Lock, LockTable
from tests.support.tables import cells

MESSAGE = MessageId("message")
OURS = Lock(MESSAGE, "ours")
THEIRS = Lock(MESSAGE, "theirs")
LEASE = 60.0
EXPIRE = 3_600.0


def state_of(table: LockTable, now: float) -> str:
    """Tell the state by what renew and acquire answer, on a copy's behalf: the last thing a test does."""
    if table.renew(OURS, now=now, lease=LEASE):
        return "ours"
    if table.renew(THEIRS, now=now, lease=LEASE):
        return "theirs"
    return {Claim.DONE: "done", Claim.ACQUIRED: "free"}[table.acquire(OURS, now=now, lease=LEASE)]


def table_in(state: str) -> LockTable:
    table = LockTable()
    match state:
        case "ours":
            table.acquire(OURS, now=0.0, lease=LEASE)
        case "theirs":
            table.acquire(THEIRS, now=0.0, lease=LEASE)
        case "done":
            table.complete(OURS, now=0.0, expire=EXPIRE)
        case "lapsed":
            table.acquire(THEIRS, now=-LEASE, lease=LEASE)
        case "forgotten":
            table.complete(OURS, now=-EXPIRE, expire=EXPIRE)
        case _:
            assert state == "free"
    return table


@pytest.mark.parametrize(
    ("before", "claim", "after"),
    [
        ("free", Claim.ACQUIRED, "ours"),
        ("ours", Claim.ACQUIRED, "ours"),
        ("theirs", Claim.HELD, "theirs"),
        ("done", Claim.DONE, "done"),
        ("lapsed", Claim.ACQUIRED, "ours"),
        ("forgotten", Claim.ACQUIRED, "ours"),
    ],
)
def test_acquire_answers_and_moves_as_the_table_says(before: str, claim: Claim, after: str) -> None:
    table = table_in(before)

    assert table.acquire(OURS, now=0.0, lease=LEASE) is claim
    assert state_of(table, 0.0) == after


@pytest.mark.parametrize(
    ("before", "ours", "after"),
    [
        ("free", False, "free"),
        ("ours", True, "ours"),
        ("theirs", False, "theirs"),
        ("done", False, "done"),
        ("lapsed", False, "free"),
        ("forgotten", False, "free"),
    ],
)
def test_renew_answers_and_moves_as_the_table_says(before: str, ours: bool, after: str) -> None:
    table = table_in(before)

    assert table.renew(OURS, now=0.0, lease=LEASE) is ours
    assert state_of(table, 0.0) == after


@pytest.mark.parametrize("before", ["free", "ours", "theirs", "done", "lapsed", "forgotten"])
def test_complete_ends_in_done_from_everywhere(before: str) -> None:
    table = table_in(before)
    table.complete(OURS, now=0.0, expire=EXPIRE)

    assert state_of(table, EXPIRE - 1.0) == "done"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("free", "free"),
        ("ours", "free"),
        ("theirs", "theirs"),
        ("done", "done"),
        ("lapsed", "free"),
        ("forgotten", "free"),
    ],
)
def test_release_moves_as_the_table_says(before: str, after: str) -> None:
    table = table_in(before)
    table.release(OURS)

    assert state_of(table, 0.0) == after


STATES = {"free": "free", "held, ours": "ours", "held, other": "theirs", "done": "done"}
AFTER = {"held": "ours", "done": "done", "free": "free"}


def carry_out(table: LockTable, event: str) -> str:
    """Return the answer in the words of the table."""
    match event:
        case "acquire":
            return table.acquire(OURS, now=0.0, lease=LEASE).name
        case "renew":
            return "" if table.renew(OURS, now=0.0, lease=LEASE) else "lost"
        case "complete":
            table.complete(OURS, now=0.0, expire=EXPIRE)
        case _:
            table.release(OURS)
    return ""


@pytest.mark.parametrize(("row", "event", "cell"), [(*place, cell) for place, cell in cells(module.__doc__).items()])
def test_every_cell_of_the_table_on_top_of_the_module_is_true(row: str, event: str, cell: str) -> None:
    table = table_in(STATES[row])
    answer, _, arrow = (part.strip() for part in cell.partition("→"))

    assert carry_out(table, event) == ("" if answer in {"nothing", "stays, extended"} else answer)
    assert state_of(table, 0.0) == AFTER.get(arrow, STATES[row])


def test_a_lease_holds_until_just_before_its_end() -> None:
    table = LockTable()
    table.acquire(THEIRS, now=0.0, lease=LEASE)

    assert table.acquire(OURS, now=LEASE - 0.001, lease=LEASE) is Claim.HELD
    assert table.acquire(OURS, now=LEASE, lease=LEASE) is Claim.ACQUIRED


def test_done_is_remembered_until_just_before_its_end() -> None:
    table = LockTable()
    table.complete(OURS, now=0.0, expire=EXPIRE)

    assert table.acquire(OURS, now=EXPIRE - 0.001, lease=LEASE) is Claim.DONE
    assert table.acquire(OURS, now=EXPIRE, lease=LEASE) is Claim.ACQUIRED


def test_completing_again_never_shortens_the_memory() -> None:
    table = LockTable()
    table.complete(OURS, now=0.0, expire=EXPIRE)
    table.complete(OURS, now=1.0, expire=1.0)

    assert table.acquire(OURS, now=EXPIRE - 1.0, lease=LEASE) is Claim.DONE


def test_a_sweep_forgets_what_ran_out_and_counts_it() -> None:
    table = LockTable()
    table.acquire(Lock(MessageId("lapsed"), "token"), now=0.0, lease=10.0)
    table.complete(Lock(MessageId("forgotten"), "token"), now=0.0, expire=10.0)
    table.acquire(Lock(MessageId("held"), "token"), now=0.0, lease=11.0)
    table.complete(Lock(MessageId("done"), "token"), now=0.0, expire=11.0)

    assert table.expire(now=10.0) == 2
    assert len(table) == 2


def test_done_messages_never_outgrow_their_room_and_the_youngest_stay() -> None:
    table = LockTable(max_done=20)
    locks = [Lock(MessageId(f"message {number}"), "token") for number in range(100)]
    for lock in locks:
        table.complete(lock, now=0.0, expire=EXPIRE)
        assert len(table) <= 20

    assert table.acquire(locks[-1], now=0.0, lease=LEASE) is Claim.DONE
    assert table.acquire(locks[0], now=0.0, lease=LEASE) is Claim.ACQUIRED
    assert table.forgotten == 100 - (len(table) - 1)


def test_four_fifths_of_the_room_are_always_made_use_of() -> None:
    table = LockTable(max_done=100)
    for number in range(1_000):
        table.complete(Lock(MessageId(f"message {number}"), "token"), now=0.0, expire=EXPIRE)
        assert len(table) >= min(number + 1, 80)


def test_a_message_that_was_done_before_and_ran_again_is_remembered_anew() -> None:
    table = LockTable(max_done=20)
    for message in ("first", "second"):
        table.complete(Lock(MessageId(message), "token"), now=0.0, expire=10.0)
    again = Lock(MessageId("first"), "token")
    table.acquire(again, now=10.0, lease=LEASE)
    table.complete(again, now=11.0, expire=10.0)

    assert table.acquire(again, now=20.0, lease=LEASE) is Claim.DONE
    assert table.acquire(again, now=21.0, lease=LEASE) is Claim.ACQUIRED


def test_room_for_a_single_done_message_is_enough_to_work() -> None:
    table = LockTable(max_done=1)
    table.complete(OURS, now=0.0, expire=EXPIRE)
    table.complete(Lock(MessageId("other"), "token"), now=0.0, expire=EXPIRE)

    assert len(table) == 1


@dataclass
class Model:
    """The table as one reads it aloud: a state, who holds it, and when it ends."""

    state: str = "free"
    holder: str = ""
    ends: float = field(default=0.0)

    def at(self, now: float) -> "Model":
        return self if now < self.ends else Model()


class LockHistories(RuleBasedStateMachine):
    """Any history of calls and of passing time gives the model's answers."""

    messages = st.sampled_from(["first", "second"])
    tokens = st.sampled_from(["ours", "theirs", "third"])
    spans = st.sampled_from([0.0, 1.0, 10.0, 100.0])

    room: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.table = LockTable(max_done=self.room)
        self.now = 1_000.0
        self.model: dict[str, Model] = {}

    def found(self, message: str) -> Model:
        return self.model.get(message, Model()).at(self.now)

    @rule(seconds=spans)
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(message=messages, token=tokens, lease=spans)
    def acquire(self, message: str, token: str, lease: float) -> None:
        found = self.found(message)
        claim = self.table.acquire(Lock(MessageId(message), token), now=self.now, lease=lease)
        if found.state == "done":
            assert claim is Claim.DONE
        elif found.state == "held" and found.holder != token:
            assert claim is Claim.HELD
        else:
            assert claim is Claim.ACQUIRED
            self.model[message] = Model("held", token, self.now + lease)

    @rule(message=messages, token=tokens, lease=spans)
    def renew(self, message: str, token: str, lease: float) -> None:
        found = self.found(message)
        ours = found.state == "held" and found.holder == token
        assert self.table.renew(Lock(MessageId(message), token), now=self.now, lease=lease) is ours
        if ours:
            self.model[message] = Model("held", token, self.now + lease)

    @rule(message=messages, token=tokens, expire=spans)
    def complete(self, message: str, token: str, expire: float) -> None:
        found = self.found(message)
        self.table.complete(Lock(MessageId(message), token), now=self.now, expire=expire)
        ends = max(self.now + expire, found.ends if found.state == "done" else 0.0)
        self.model[message] = Model("done", "", ends)

    @rule(message=messages, token=tokens)
    def release(self, message: str, token: str) -> None:
        found = self.found(message)
        self.table.release(Lock(MessageId(message), token))
        if found.state == "held" and found.holder == token:
            self.model[message] = Model()

    @rule()
    def sweep(self) -> None:
        self.table.expire(now=self.now)
        live = sum(1 for message in self.model if self.found(message).state != "free")
        assert len(self.table) == live

    @invariant()
    def nobody_is_let_in_beside_a_holder(self) -> None:
        for message in self.model:
            if self.found(message).state == "held":
                stranger = Lock(MessageId(message), "stranger")
                assert self.table.acquire(stranger, now=self.now, lease=1.0) is Claim.HELD


class CrowdedLockHistories(LockHistories):
    """The same where two done messages fill a generation, so that a message comes to be in several."""

    room = 20


TestLockHistories = LockHistories.TestCase
TestCrowdedLockHistories = CrowdedLockHistories.TestCase


def test_the_leases_are_what_is_held_each_with_what_is_left_of_it() -> None:
    table = table_in("ours")
    table.acquire(Lock(MessageId("lapsed"), "theirs"), now=-LEASE, lease=LEASE)
    table.complete(Lock(MessageId("done"), "ours"), now=0.0, expire=EXPIRE)

    assert list(table.leases(now=20.0)) == [(OURS, 40.0)]


def test_dropping_the_leases_leaves_what_is_done() -> None:
    table = table_in("theirs")
    done = Lock(MessageId("done"), "ours")
    table.complete(done, now=0.0, expire=EXPIRE)
    table.drop_leases()

    assert table.acquire(OURS, now=0.0, lease=LEASE) is Claim.ACQUIRED
    assert table.acquire(done, now=0.0, lease=LEASE) is Claim.DONE
