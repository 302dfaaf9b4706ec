"""The table of locks: pure, ``now`` is an argument. Its rules are those of ``sqsd_core.policy.locking``."""

from dataclasses import dataclass, field

from sqsd import Claim, Lock

#: who holds the message (nobody: it is done), and until when: Unix time in seconds
Entry = tuple[str | None, float]


@dataclass(slots=True)
class Table:
    """The locks by message id."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def acquire(self, lock: Lock, *, now: float, lease: float) -> Claim:
        entry = self._alive(lock, now)
        if entry is not None and entry[0] is None:
            return Claim.DONE
        if entry is not None and entry[0] != lock.token:
            return Claim.HELD
        self.entries[lock.message_id] = (lock.token, now + lease)
        return Claim.ACQUIRED

    def renew(self, lock: Lock, *, now: float, lease: float) -> bool:
        """Whether the lock is still ours."""
        if not self._is_ours(lock, now):
            return False
        self.entries[lock.message_id] = (lock.token, now + lease)
        return True

    def complete(self, lock: Lock, *, now: float, expire: float) -> None:
        entry = self._alive(lock, now)
        known = entry[1] if entry is not None and entry[0] is None else 0.0
        self.entries[lock.message_id] = (None, max(known, now + expire))

    def release(self, lock: Lock, *, now: float) -> None:
        if self._is_ours(lock, now):
            del self.entries[lock.message_id]

    def expire(self, *, now: float) -> int:
        before = len(self.entries)
        self.entries = {message_id: entry for message_id, entry in self.entries.items() if entry[1] > now}
        return before - len(self.entries)

    def _alive(self, lock: Lock, now: float) -> Entry | None:
        entry = self.entries.get(lock.message_id)
        return entry if entry is not None and entry[1] > now else None

    def _is_ours(self, lock: Lock, now: float) -> bool:
        entry = self._alive(lock, now)
        return entry is not None and entry[0] == lock.token
