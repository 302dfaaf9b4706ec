"""Why messages became dead letters, as far as the histories of running daemons know it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from sqsd_adapters.cli.monitors.monitors import Monitors
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.why.asking import Answers, ask
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.policy.history import Query


def causes_of(sources: Sequence[str], *, monitors: Monitors, required: bool) -> Mapping[str, int]:
    """Count dead letters of these queues by cause; a daemon that does not answer is named only where ``required``."""
    causes: Counter[str] = Counter()
    for source in sources:
        answers = _ask(monitors, Query(dead=True, queue=source, limit=1))
        if required:
            for reason in answers.silent.values():
                complain(reason)
        causes.update({cause.reason: cause.dead for cause in answers.causes})
    return dict(causes.most_common())


def _ask(monitors: Monitors, query: Query) -> Answers:
    try:
        return asyncio.run(ask(monitors.addresses, query, dial=monitors.dial))
    except ConfigurationError as error:
        return Answers(found={}, silent=dict.fromkeys(monitors.addresses, str(error)))
