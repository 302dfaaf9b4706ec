"""Whose turn it is among the queues that share a worker: to receive, and to have a message run."""

from collections.abc import Callable, Sequence

from sqsd_core.flow.plan import Share
from sqsd_core.flow.worker.feed import Feed, Places
from sqsd_core.policy.sharing import Sharing, Strict, Weighted


class Turns:
    """Two shares of the worker, by the same rule: places of receives, and starts of messages.

    Places alone would not do, since prefetched messages wait for their start. Starts alone would not do, since a worker
    with slow jobs buffers nothing, and then places decide what runs.
    """

    def __init__(self, *, share: Share) -> None:
        self._share = share
        self.feeds: Sequence[Feed] = ()
        self.arrange(())

    @property
    def startable(self) -> int:
        """Messages of all feeds that may start now."""
        return sum([len(feed.ordering.ready) for feed in self.feeds])

    def arrange(self, feeds: Sequence[Feed]) -> None:
        """Share among these feeds from now on; with strict sharing in this order."""
        self.feeds = feeds
        self._places = self._sharing()
        self._starts = self._sharing()

    def next(self, may_start: Callable[[Feed], bool] | None = None) -> Feed | None:
        """Take the turn to start a message, of those feeds that may start one; without a rule, of all that have one."""
        ready = [feed for feed in self.feeds if feed.ordering.ready]  # no call per feed: each message asks
        feed = self._starts.next(ready if may_start is None else filter(may_start, ready))
        if feed is not None:
            self._starts.took(feed)
        return feed

    def started(self, feed: Feed, more: int) -> None:
        """Note that so many more messages of the feed started with the one whose turn it was."""
        self._starts.took(feed, more)

    def next_to_reserve(self, may_receive: Callable[[Feed], bool]) -> Feed | None:
        """The feed whose turn it is to reserve places, of those that may receive."""
        return self._places.next([feed for feed in self.feeds if feed.wanting and may_receive(feed)])

    def to_reserve(self, may_receive: Callable[[Feed], bool]) -> Sequence[Feed]:
        """The feeds that may receive, in the order of their turns."""
        return self._places.ordered([feed for feed in self.feeds if feed.wanting and may_receive(feed)])

    def reserved(self, feed: Feed, places: Places) -> None:
        """Note that the feed had the turn."""
        self._places.took(feed, places.messages)

    def answered(self, feed: Feed, places: Places, brought: int) -> None:
        """Give back the turns for which nothing came."""
        if unused := places.messages - brought:
            self._places.took(feed, -unused)
        if not brought:
            self._places.rested(feed)
            self._starts.rested(feed)

    def _sharing(self) -> Sharing[Feed]:
        if self._share is Share.STRICT:
            return Strict(self.feeds)
        return Weighted({feed: feed.weight for feed in self.feeds})
