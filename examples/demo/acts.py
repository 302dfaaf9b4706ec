"""The acts: what is sent, and what must happen."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Callable, Sequence

from examples.demo.cast import MAX_RECEIVES, SQSD
from examples.demo.screen import Screen, short
from examples.demo.stage import Disproved, Stage

Act = Callable[[Stage, Screen], Awaitable[None]]


async def success(stage: Stage, screen: Screen) -> None:
    screen.act("Success", "The worker answers 200, and the message is deleted.")
    messages = [await stage.send(kind="ok", number=number) for number in range(3)]
    await stage.proves("each ran once", lambda: all(stage.answers[each] == [200] for each in messages))
    await stage.until_empty()


async def scoreboard(stage: Stage, screen: Screen) -> None:
    screen.act("Slow jobs, and the scoreboard", "Three jobs of three seconds run side by side. The monitor shows them.")
    messages = [await stage.send(kind="slow", seconds=3) for _ in range(3)]
    await stage.until_running({*messages})
    screen.proved("CurrentWorkings shows three tasks in flight (gRPC)")
    screen.output(f"sqsd tasks --address {stage.monitor_address}", await _tasks(stage))
    await stage.proves("each ran once", lambda: all(stage.answers[each] == [200] for each in messages))
    await stage.until_empty()


async def retry(stage: Stage, screen: Screen) -> None:
    screen.act(
        "A failure, and a retry",
        "The worker answers 500 to the first delivery. The message comes back after ERROR_VISIBILITY_TIMEOUT, "
        "and its lock has been released.",
    )
    flaky = await stage.send(kind="flaky")
    await stage.proves("it failed, ran again and succeeded", lambda: stage.answers[flaky] == [500, 200])
    await stage.until_empty()


async def retry_after(stage: Stage, screen: Screen) -> None:
    screen.act("The worker asks for time", "It answers 429 with Retry-After: 2. The message comes back after 2 s.")
    limited = await stage.send(kind="limited")
    await stage.proves("it was put off", lambda: stage.answers[limited] == [429])
    loop = asyncio.get_running_loop()
    since = loop.time()
    await stage.proves("it came again and succeeded", lambda: stage.answers[limited] == [429, 200])
    waited = loop.time() - since
    if waited < 1.5:  # noqa: PLR2004 - 2 s, less the time before the check
        raise Disproved(f"the message comes back after Retry-After, not after {waited:.1f} s")
    await stage.until_empty()


async def duplicate(stage: Stage, screen: Screen) -> None:
    screen.act(
        "A duplicate",
        "SQS may deliver a message twice, and may then ignore a delete that uses the older receipt handle. A fault "
        "switch makes the embedded SQS do so while the job runs. The message is received twice, and must run once.",
    )
    message = await stage.send(kind="slow", seconds=3)
    await stage.until_running({message})
    screen.did("fault switch: the next receive returns the message again")
    await stage.throw(kind="duplicate", operation="ReceiveMessage", count=1)
    known = ("message received again, this daemon already has it", message)
    await stage.proves(
        "the second delivery was not run; its receipt handle was kept for the delete", lambda: known in stage.events
    )
    await stage.proves("it ran once", lambda: stage.answers[message] == [200])
    await stage.until_empty()


async def poison(stage: Stage, screen: Screen) -> None:
    screen.act(
        "A poison message",
        f"The worker always answers 500. After {MAX_RECEIVES} receives the redrive policy moves the message.",
    )
    message = await stage.send(kind="poison")
    answers = [500] * MAX_RECEIVES
    await stage.proves(f"it was tried {MAX_RECEIVES} times", lambda: stage.answers[message] == answers)
    dead = await stage.sqs.receive_message(QueueUrl=stage.url("demo-dead"), WaitTimeSeconds=10, VisibilityTimeout=0)
    if [each["MessageId"] for each in dead.get("Messages", [])] != [message]:
        raise Disproved("it is in the dead-letter queue")
    screen.proved("it is in the dead-letter queue, and nothing else is")


async def drain(stage: Stage, screen: Screen) -> None:
    screen.act("SIGTERM", "The daemon stops receiving, the running job ends, and the exit code is 0.")
    message = await stage.send(kind="slow", seconds=2)
    await stage.until_running({message})
    screen.did(f"SIGTERM to process {stage.daemon.pid}")
    if (code := await stage.daemon.end()) != 0:
        raise Disproved(f"the exit code is 0, not {code}")
    await stage.proves("the job ended, and the exit code is 0", lambda: stage.answers[message] == [200])


async def reckoning(stage: Stage, screen: Screen) -> None:
    screen.act("The balance", "Sent = deleted after success + still in the queue + in the dead-letter queue.")
    succeeded = [message for message in stage.bodies if stage.answers[message][-1:] == [200]]
    screen.ledger([_row(stage, message) for message in stage.bodies])
    if any(stage.answers[message].count(200) != 1 for message in succeeded):
        raise Disproved("no job succeeded twice")
    screen.proved(f"{len(stage.bodies)} sent, {len(succeeded)} succeeded, each once")
    if await stage.depth("demo") != (0, 0) or await stage.depth("demo-dead") != (1, 0):
        raise Disproved(f"the queue is empty: {await stage.depth('demo')}, {await stage.depth('demo-dead')}")
    screen.proved("the queue is empty, nothing is hidden, one message is in the dead-letter queue")
    if len(succeeded) + 1 != len(stage.bodies):
        raise Disproved("nothing is lost")


ACTS: Sequence[Act] = (
    success,
    scoreboard,
    retry,
    retry_after,
    duplicate,
    poison,
    drain,
    reckoning,
)


def _row(stage: Stage, message: str) -> tuple[str, str, str, str]:
    answers = stage.answers[message]
    end = "deleted" if answers[-1:] == [200] else "dead-letter queue"
    return short(message), stage.bodies[message], ", ".join(map(str, answers)), end


async def _tasks(stage: Stage) -> str:
    """The output of the command, run as a process."""
    process = await asyncio.create_subprocess_exec(
        SQSD, "tasks", "--address", stage.monitor_address, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise Disproved(f"sqsd tasks answers\n{output.decode()}")
    return output.decode()
