"""``INVOKER_BATCH_SIZE`` as a process: over HTTP with both transports, with a callable, from the file, and refused."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.recording_worker import Answer, RecordingWorker, Request
from tests.integration.cli.conftest import House
from tests.support.command import command, run, until
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration


class LambdaWorker:
    """Answers as a function of AWS Lambda would; each message whose number divides by 10 fails at its first receive."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.sizes: list[int] = []
        #: monotonic seconds
        self.began: list[float] = []
        #: in order, by their group
        self.done: defaultdict[object, list[int]] = defaultdict(list)

    def __call__(self, request: Request) -> Answer:
        records = json.loads(request.body)["Records"]
        self.records += records
        self.sizes.append(len(records))
        self.began.append(SystemClock().monotonic())
        failed: dict[object, None] = {}
        items = []
        for record in records:
            group = record["attributes"].get("MessageGroupId", record["messageId"])
            first = record["attributes"]["ApproximateReceiveCount"] == "1"
            if group in failed or (first and int(record["body"]) % 10 == 0):
                failed[group] = None
                items.append({"itemIdentifier": record["messageId"]})
            else:
                self.done[group].append(int(record["body"]))
        return Answer(body=json.dumps({"batchItemFailures": items}))


@pytest.fixture
def functions() -> LambdaWorker:
    return LambdaWorker()


@pytest.fixture
def worker(functions: LambdaWorker) -> Iterator[RecordingWorker]:
    with RecordingWorker(answer=functions) as worker:
        yield worker


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_a_worker_gets_batches_and_only_what_it_lists_comes_back(
    house: House, functions: LambdaWorker, worker: RecordingWorker, client: str
) -> None:
    for number in range(100):
        house.queue.send(str(number))
    env = {
        **house.env,
        "INVOKER_URL": worker.url,
        "INVOKER_CLIENT": client,
        "INVOKER_BATCH_SIZE": "10",
        "INVOKER_BATCH_WINDOW": "1s",
        "INVOKER_PARALLEL_COUNT": "2",
        "ERROR_VISIBILITY_TIMEOUT": "1s",
    }
    async with command(env=env) as daemon:
        await house.empty()
        assert (await daemon.drained()).code == 0

    assert Counter(record["body"] for record in functions.records) == {
        str(number): 2 if number % 10 == 0 else 1 for number in range(100)
    }
    assert max(functions.sizes) == 10
    assert {record["eventSourceARN"] for record in functions.records} == {"arn:aws:sqs:eu-west-1:000000000000:jobs"}


async def test_a_batch_takes_one_token_of_the_rate(
    house: House, functions: LambdaWorker, worker: RecordingWorker
) -> None:
    bodies = [f"{number}1" for number in range(400)]
    for body in bodies:
        house.queue.send(body)
    env = {
        **house.env,
        "INVOKER_URL": worker.url,
        "INVOKER_BATCH_SIZE": "10",
        "INVOKER_BATCH_WINDOW": "1s",
        "INVOKER_PARALLEL_COUNT": "16",
        "INVOKER_RATE": "20/s,burst=2",
    }
    async with command(env=env) as daemon:
        await house.empty()
        assert (await daemon.drained()).code == 0

    assert Counter(record["body"] for record in functions.records) == dict.fromkeys(bodies, 1)
    begin, seconds = functions.began[0], functions.began[-1] - functions.began[0]
    assert len(functions.began) <= 2 + 20 * (seconds + 0.1)  # a request may be late on its way
    assert len([start for start in functions.began if start < begin + 1.5]) > 0.7 * 20 * 1.5
    assert sum(functions.sizes) > 0.8 * 10 * len(functions.sizes)


async def test_groups_keep_their_order_in_batches(functions: LambdaWorker, worker: RecordingWorker) -> None:
    async with embedded_server() as server:
        queue = EmbeddedQueue(sqs=server.sqs, name="jobs.fifo")
        for number in range(1, 100):
            queue.send(str(number), group_id=f"g{number % 3}")
        house = House(queue=queue, queue_url=server.queue_url("jobs.fifo"), worker=None)  # type: ignore[arg-type]
        env = {**house_env(house, worker), "INVOKER_BATCH_SIZE": "10", "ERROR_VISIBILITY_TIMEOUT": "1s"}
        async with command(env=env) as daemon:
            await until(lambda: queue.is_empty)
            assert (await daemon.drained()).code == 0

    assert dict(functions.done) == {f"g{group}": [n for n in range(1, 100) if n % 3 == group] for group in range(3)}
    assert all(record["attributes"]["SequenceNumber"] for record in functions.records)  # type: ignore[index]


def house_env(house: House, worker: RecordingWorker) -> dict[str, str]:
    return {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"} | {
        "QUEUE_URL": house.queue_url,
        "INVOKER_URL": worker.url,
        "FETCHER_WAIT_TIME": "1s",
        "MONITORING_PORT": "-1",
    }


JOB = """
from pathlib import Path

def run(messages):
    with Path("{log}").open("a") as log:
        print(len(messages), file=log)
    return [message.body != "7" or message.receive_count > 1 for message in messages]
"""


async def test_a_callable_gets_lists(house: House, tmp_path: Path) -> None:
    (tmp_path / "batch_job.py").write_text(JOB.format(log=tmp_path / "log"))
    for number in range(10):
        house.queue.send(str(number))
    env = {
        **house.env,
        "INVOKER_URL": "",
        "INVOKER": "batch_job:run",
        "PYTHONPATH": str(tmp_path),
        "INVOKER_BATCH_SIZE": "10",
        "ERROR_VISIBILITY_TIMEOUT": "1s",
    }
    async with command(env=env) as daemon:
        await house.empty()
        assert (await daemon.drained()).code == 0

    assert sorted((tmp_path / "log").read_text().split()) == ["1", "10"]


async def test_the_file_has_them_per_worker(house: House, tmp_path: Path) -> None:
    config = tmp_path / "sqsd.toml"
    config.write_text(
        f'[worker.web]\nurl = "{house.worker.url}"\nbatch_size = 5\nbatch_window = "10s"\n\n'
        f'[queue.jobs]\nurl = "{house.queue_url}"\nworker = "web"\n'
    )
    ended = await run("config", "-c", str(config), env=house.env | {"QUEUE_URL": "", "INVOKER_URL": ""})

    assert 'batch_size = "5"\nbatch_window = "10s"' in ended.stdout


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"INVOKER_BATCH_SIZE": "0"}, "INVOKER_BATCH_SIZE"),
        ({"INVOKER_BATCH_SIZE": "10001"}, "INVOKER_BATCH_SIZE"),
        ({"INVOKER_BATCH_WINDOW": "6m", "INVOKER_BATCH_SIZE": "2"}, "INVOKER_BATCH_WINDOW"),
        ({"INVOKER_BATCH_WINDOW": "1s"}, "INVOKER_BATCH_SIZE is 1; set it to more, or remove INVOKER_BATCH_WINDOW"),
    ],
)
async def test_values_that_make_no_sense_are_refused(house: House, variables: dict[str, str], complaint: str) -> None:
    ended = await run(env=house.env | variables)

    assert ended.code == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr
