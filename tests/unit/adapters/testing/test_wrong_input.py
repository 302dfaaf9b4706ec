"""What is wrong in a test is said where it is written, not where the daemon meets it."""

from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing import (
    Answer,
    DaemonProcess,
    EmbeddedQueue,
    RecordingWorker,
    Request,
    ScriptedInvoker,
    SqsThread,
    SqsThreadQueue,
    in_virtual_time,
    make_daemon,
    running,
    until,
    work_off,
)
from sqsd_core import DaemonOptions, Failed, Message, MessageId, Observer, ReceiptHandle, Succeeded


@pytest.mark.parametrize("steps", [Failed("x"), ["x"], [Succeeded], "ok"])
def test_a_script_of_outcomes_maps_a_body_to_a_list_of_them(steps: Any) -> None:
    with pytest.raises(TypeError, match=r"script\['a'\]: expected a list of outcomes, got "):
        ScriptedInvoker({"a": steps})


@pytest.mark.parametrize("steps", [500, ["500"], Answer(), "500"])
def test_a_script_of_answers_maps_a_body_to_a_list_of_them(steps: Any) -> None:
    with pytest.raises(TypeError, match=r"script\['a'\]: expected a list of statuses and Answers, got "):
        RecordingWorker({"a": steps})
    with pytest.raises(TypeError, match="expected a list"):
        RecordingWorker().script = {"a": steps}


@pytest.mark.parametrize("use", [lambda sqs: sqs.url, lambda sqs: sqs.queue("jobs"), lambda sqs: sqs.call(int)])
def test_a_server_that_is_not_open_says_so(use: Callable[[SqsThread], object]) -> None:
    with pytest.raises(RuntimeError, match="use it inside its `with` block"):
        use(SqsThread())


def test_a_queue_whose_server_is_not_open_has_a_repr() -> None:
    queue = SqsThreadQueue(thread=SqsThread(), queue=EmbeddedQueue(), url="http://127.0.0.1:1/0/jobs")
    assert repr(queue) == "<SqsThreadQueue jobs, its server is not open>"


@pytest.mark.parametrize("answer", [lambda _: 1 / 0, lambda _: None])
def test_what_the_function_that_answers_raises_is_printed(
    answer: Callable[[Request], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    with RecordingWorker(answer=answer) as worker:
        connection = HTTPConnection(*worker.address)
        connection.request("POST", "/", body="x")
        with pytest.raises(ConnectionError):
            connection.getresponse()
        connection.close()
    assert "Error: " in capfd.readouterr().err


def test_an_answer_that_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="answer: expected a function that takes a Request, got int"):
        RecordingWorker(answer=200)  # type: ignore[arg-type]


async def ship(message: Message) -> None: ...


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"queue": "jobs"}, "queue: expected Queue, got str, which has no name, receive"),
    ({"lock_store": "redis"}, "lock_store: expected LockStore, got str, which has no acquire"),
    ({"lock_store": MemoryLockStore}, "lock_store: expected an instance of LockStore, got the class MemoryLockStore"),
    ({"options": {"slots": 2}}, "options: expected DaemonOptions, got dict"),
    ({"options": DaemonOptions}, "options: expected DaemonOptions, got the class DaemonOptions"),
    ({"observers": Observer()}, "observers: expected a sequence of observers, got Observer"),
    ({"observers": [print]}, "observers: expected Observer, got builtin_function_or_method, which has no joined"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
@in_virtual_time
async def test_an_argument_of_a_daemon_in_a_test_is_refused_as_that_of_an_embedded_one(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        await work_off(**{"queue": EmbeddedQueue(), "job": ship, **wrong})
    with pytest.raises(TypeError, match=said):
        make_daemon(**{"queue": EmbeddedQueue(), "invoker": ScriptedInvoker(), **wrong})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"invoker": ship}, "invoker: expected Invoker, got function, which has no invoke"),
        ({"options": DaemonOptions(batch_size=2)}, "invoker: expected Batched, got ScriptedInvoker, which has no inv"),
        ({"clock": 5}, "clock: expected Clock, got int, which has no now, monotonic"),
        ({"probe": True}, "probe: expected Probe, got bool, which has no probe"),
    ],
)
def test_what_only_make_daemon_takes_is_refused_likewise(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        make_daemon(**{"queue": EmbeddedQueue(), "invoker": ScriptedInvoker(), **wrong})


class Unobserved:
    """A queue that does not say whether it is empty."""

    name = receive = delete = change_visibility = describe = None


@in_virtual_time
async def test_what_work_off_cannot_work_off_is_refused() -> None:
    message = Message(MessageId("a"), ReceiptHandle("b"), "")
    with pytest.raises(TypeError, match="job: expected a function or an Invoker, got what an async function returns"):
        await work_off(EmbeddedQueue(), ship(message))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="queue: expected EmbeddedQueue, got Unobserved, which has no is_empty"):
        await work_off(Unobserved(), ship)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="within: expected a number of seconds, got str"):
        await work_off(EmbeddedQueue(), ship, within="1m")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="int is neither callable nor an Invoker"):
        await work_off(EmbeddedQueue(), 5)  # type: ignore[arg-type]


async def is_empty() -> bool:
    return True


@in_virtual_time
async def test_a_condition_is_a_function_that_is_not_async() -> None:
    with pytest.raises(TypeError, match="condition: expected a function, got True: write `lambda:` before it"):
        await until(EmbeddedQueue().is_empty)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="condition: expected a function that is not async"):
        await until(is_empty)  # type: ignore[arg-type]


@in_virtual_time
async def test_what_is_no_daemon_does_not_run() -> None:
    with pytest.raises(TypeError, match="daemon: expected Daemon, got ScriptedInvoker"):
        async with running(ScriptedInvoker()):  # type: ignore[arg-type]
            pytest.fail("entered")


def test_a_test_that_is_not_async_has_no_virtual_time() -> None:
    with pytest.raises(TypeError, match="in_virtual_time: expected an async function, got <function "):
        in_virtual_time(lambda: None)()  # type: ignore[arg-type, return-value]


def test_a_script_is_a_mapping_and_a_duration_a_number() -> None:
    with pytest.raises(TypeError, match="script: expected a mapping of bodies to lists of outcomes, got list"):
        ScriptedInvoker([Failed("x")])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="duration: expected a number of seconds, got str"):
        ScriptedInvoker(duration="1m")  # type: ignore[arg-type]


@pytest.mark.parametrize("queue", ["jobs", "http://127.0.0.1:1/0/jobs", EmbeddedQueue()])
def test_a_daemon_in_a_process_takes_a_queue_that_it_can_reach(queue: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"queue: expected a queue of an SqsThread, got .*; a URL goes to QUEUE_URL"):
        DaemonProcess(log=tmp_path / "log", queue=queue, variables={})


def test_variables_of_a_daemon_in_a_process_are_a_mapping(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="variables: expected Mapping, got list"):
        DaemonProcess(log=str(tmp_path / "log"), variables=["INVOKER_URL"])  # type: ignore[arg-type]


def test_what_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the worker is not open: use it inside its `with` block"):
        _ = RecordingWorker().url
    with pytest.raises(RuntimeError, match="the daemon is not open: use it inside its `with` block"):
        DaemonProcess(log=tmp_path / "log", variables={}).drain()
