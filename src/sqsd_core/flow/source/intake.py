"""Makes deliveries of what was received: acquires their locks, and takes out what must not run now."""

import logging
from collections.abc import Mapping, Sequence

from sqsd_core.flow.delivery import Delivery, release
from sqsd_core.flow.source.heartbeat import Heartbeat
from sqsd_core.flow.source.locks import Locks
from sqsd_core.flow.source.settler import Settler
from sqsd_core.flow.troubles import Troubles
from sqsd_core.flow.watchers import Watchers
from sqsd_core.message import Message
from sqsd_core.policy.comebacks import Comebacks
from sqsd_core.policy.locking import Claim
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Unrun

_ACQUIRED = Claim.ACQUIRED  # looking up an enum member takes as long as a call, once per message


class Intake:
    """From here on a message is locked and extended until it is settled."""

    def __init__(
        self,
        *,
        home: Settler,
        locks: Locks,
        heartbeat: Heartbeat,
        comebacks: Comebacks,
        troubles: Troubles,
        watchers: Watchers,
        clock: Clock,
        visibility: float,
    ) -> None:
        self._home = home
        self._locks = locks
        self._heartbeat = heartbeat
        self._comebacks = comebacks
        self._troubles = troubles
        self._watchers = watchers
        self._clock = clock
        self._visibility = visibility

    async def startable(self, messages: Sequence[Message]) -> list[Delivery]:
        """Acquire the locks; what is running or done elsewhere, or must wait for such a one, is taken out."""
        if not messages:
            return []
        self._watchers.arrived(self._home.name, messages)
        now = self._clock.monotonic()
        deliveries = self._deliver(messages, now)
        held: dict[str | None, Delivery] = {}
        if not self._heartbeat.by_message.keys().isdisjoint([message.id for message in messages]):
            # The store is not asked about these: it may be unavailable, or have restarted empty.
            deliveries = [delivery for delivery in deliveries if not self._is_kept(delivery, held)]
            if not deliveries:
                return []
        try:
            claims = await self._locks.acquire([delivery.lock for delivery in deliveries])
        except BaseException:
            release(deliveries, Unrun.NO_LOCK)
            raise
        if claims is None:
            release(deliveries, Unrun.NO_LOCK)
            return []
        return self._sort(deliveries, claims, held)

    def _sort(
        self, deliveries: Sequence[Delivery], claims: Sequence[Claim], held: dict[str | None, Delivery]
    ) -> list[Delivery]:
        """``held`` are those received with them that are running already, by their groups."""
        startable: list[Delivery] = []
        overtaking: list[Delivery] = []
        here = self._heartbeat.by_message
        for delivery, claim in zip(deliveries, claims, strict=True):
            message = delivery.message
            if claim is _ACQUIRED:
                if message.id in here and self._is_kept(delivery, held):
                    continue  # two deliveries at once while the store is away
                if (group := message.group_id) is not None:
                    if group in held:
                        overtaking.append(delivery)
                        continue
                    self._comebacks.came(message, now=delivery.received_at)
                self._heartbeat.hold(delivery)
                startable.append(delivery)
            elif claim is Claim.DONE:
                self._watchers.duplicate(self._home.name, message)
                self._home.delete_duplicate(delivery)
                self._troubles.note("duplicate, deleting", level=logging.INFO, message_id=message.id)
            elif not self._came_again(delivery, held):
                held.setdefault(message.group_id, delivery)
                self._leave(message)
        if overtaking:
            self._spare(overtaking, held)
        return startable

    def _spare(self, overtaking: Sequence[Delivery], held: Mapping[str | None, Delivery]) -> None:
        """Release what must wait for a message that is held, and note when that message may come again."""
        for group, first in held.items():
            if behind := [delivery.message for delivery in overtaking if delivery.message.group_id == group]:
                self._comebacks.put_off(first.message, until=first.invisible_until, behind=behind)
        release(overtaking, Unrun.BEHIND)

    def _is_kept(self, delivery: Delivery, held: dict[str | None, Delivery]) -> bool:
        """Whether the message runs or waits here, whatever the store says. If so, its newer receipt is taken over."""
        return self._heartbeat.keeps(delivery.message.id) and self._came_again(delivery, held)

    def _came_again(self, delivery: Delivery, held: dict[str | None, Delivery]) -> bool:
        """Take over the newer receipt of a message that this daemon holds; False if it does not hold it."""
        if not self._heartbeat.adopt(delivery):
            return False
        message = delivery.message
        held.setdefault(message.group_id, delivery)
        self._watchers.duplicate(self._home.name, message)
        self._troubles.note(
            "message received again, this daemon already has it", level=logging.INFO, message_id=message.id
        )
        return True

    def _leave(self, message: Message) -> None:
        # Accepted: it stays hidden until its visibility timeout ends; the daemon that runs it deletes it before.
        self._watchers.held_elsewhere(self._home.name, message)
        self._troubles.note("message is locked by another daemon", level=logging.INFO, message_id=message.id)

    def _deliver(self, messages: Sequence[Message], now: float) -> list[Delivery]:
        until, home = now + self._visibility, self._home
        return [
            Delivery(message, message.receipt, lock, now, until, home)
            for message, lock in zip(messages, self._locks.new(messages), strict=True)
        ]
