"""What is wrong in a test is said where it is written, not where the daemon meets it."""

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest

from sqsd_adapters.testing import (
    Answer,
    EmbeddedQueue,
    RecordingWorker,
    Request,
    ScriptedInvoker,
    SqsThread,
    SqsThreadQueue,
)
from sqsd_core import Failed, Succeeded


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
