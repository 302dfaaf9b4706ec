"""Jobs that have succeeded, told to the observers when their deletions go out: together, since that costs less."""

from typing import TYPE_CHECKING

from sqsd_core.flow.watchers import Watchers

if TYPE_CHECKING:
    from sqsd_core.flow.delivery import Delivery


class Successes:
    """Those of one queue that the observers do not know of yet."""

    def __init__(self, *, name: str, watchers: Watchers) -> None:
        self._name = name
        self._watchers = watchers
        self._deliveries: list[Delivery] = []
        #: notes a delivery
        self.add = self._deliveries.append

    def tell(self) -> None:
        """Tell of all of them."""
        if not self._deliveries:
            return
        deliveries = self._deliveries.copy()
        self._deliveries.clear()
        self._watchers.succeeded(
            self._name,
            [delivery.message for delivery in deliveries],
            [delivery.began for delivery in deliveries],
            [delivery.duration for delivery in deliveries],
        )
