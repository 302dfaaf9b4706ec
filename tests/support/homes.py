"""A home for deliveries that records what comes back."""

from collections.abc import Sequence

from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_core.flow.delivery import Delivery
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.ports.observer import Unrun


class RecordingHome:
    """Settles nothing."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.invoker = ScriptedInvoker()
        self.settled: list[tuple[Delivery, Outcome]] = []
        self.released: list[Delivery] = []

    async def settle(self, delivery: Delivery, outcome: Outcome, behind: Sequence[Delivery] = ()) -> float | None:
        self.settled += [(each, outcome) for each in (delivery, *behind)]
        return None

    async def delete(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += [(delivery, Succeeded()) for delivery in deliveries]

    def put_back(self, delivery: Delivery) -> None:
        self.released.append(delivery)

    def put_off(self, delivery: Delivery) -> None:
        self.released.append(delivery)

    def release(self, delivery: Delivery, why: Unrun) -> None:
        self.released.append(delivery)

    def cut_short(self, delivery: Delivery, outcome: Outcome | None) -> None:
        self.release(delivery, Unrun.CUT_OFF)

    def is_last(self, message: Message) -> bool:
        return False

    async def makes_way(self, message: Message) -> bool:
        return False
