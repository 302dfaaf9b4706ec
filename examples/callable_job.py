"""A job that is a plain function: the daemon calls it in a thread, once per message.

    QUEUE_URL=... INVOKER=examples.callable_job:resize INVOKER_PARALLEL_COUNT=4 sqsd

It returns when the work is done. Any exception is a failure, and the message comes back after a back-off.
"""

import json

from sqsd import Message, RetainMessage, RetryMessage

MINUTE = 60.0

#: what was resized; a real job would write files
resized: list[str] = []


def resize(message: Message) -> None:
    job = json.loads(message.body)
    if job.get("uploaded") is False:
        raise RetryMessage(after=MINUTE)  # come back in a minute
    if job.get("picture") is None:
        raise RetainMessage  # keep it hidden until VISIBILITY_TIMEOUT ends
    resized.append(job["picture"])
