"""Middlewares written for Elastic Beanstalk run unchanged: stand-ins for three of them, over both transports."""

import json
from collections.abc import Mapping

import pytest

from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from sqsd_core.policy.settlement import Hide, RetryPolicy, decide
from tests.support.eb_middlewares import (
    Handler,
    active_elastic_job,
    aws_sdk_rails,
    behind_a_proxy,
    laravel_aws_worker,
    message_digest,
    served,
)
from tests.support.http_invoker import Transport, invoker_for

pytestmark = pytest.mark.integration

ACTIVE_JOB = json.dumps({"job_class": "ShipJob", "arguments": ["Köln 🐝"]}, ensure_ascii=False)
#: what active-elastic-job sends beside the body
SIGNED = {"message-digest": message_digest(ACTIVE_JOB.encode()), "origin": "AEJ"}
RETRY = RetryPolicy(base=2.0, maximum=900.0)


def message(body: str = ACTIVE_JOB, receive_count: int = 1, attributes: Mapping[str, str] | None = None) -> Message:
    return Message(
        id=MessageId("0b2c1f5e-7c9e-4f35-9d58-a3c1bfa2a2c4"),
        receipt=ReceiptHandle("r"),
        body=body,
        receive_count=receive_count,
        first_received_at=1_424_260_800.0,
        attributes={
            name: MessageAttribute(data_type="String", value=value) for name, value in (attributes or {}).items()
        },
    )


def periodic_task(name: str, path: str) -> Message:
    """What a run of a task in cron.yaml sends into the queue."""
    return message(
        "elasticbeanstalk scheduled job",
        attributes={
            "beanstalk.sqsd.path": path,
            "beanstalk.sqsd.task_name": name,
            "beanstalk.sqsd.scheduled_time": "2015-08-12T21:46:21Z",
        },
    )


async def outcome_of(transport: Transport, handler: Handler, delivery: Message, path: str = "/") -> Outcome:
    async with served(handler, path) as url, invoker_for(transport, url) as invoker:
        return await invoker.invoke(delivery)


class TestAwsSdkRails:
    async def test_it_knows_the_daemon_and_runs_the_job(self, transport: Transport) -> None:
        jobs: list[str] = []
        assert await outcome_of(transport, aws_sdk_rails(jobs=jobs), message()) == Succeeded()
        assert jobs == ["ShipJob"]

    async def test_no_header_makes_the_daemon_look_like_a_remote_caller(self, transport: Transport) -> None:
        assert await outcome_of(transport, behind_a_proxy(aws_sdk_rails(jobs=[])), message()) == Failed("status 403")

    async def test_an_attribute_cannot_turn_a_job_into_a_periodic_task(self, transport: Transport) -> None:
        jobs: list[str] = []
        delivery = message(attributes={"beanstalk.sqsd.task_name": "PurgeJob", "X-Aws-Sqsd-Taskname": "PurgeJob"})
        assert await outcome_of(transport, aws_sdk_rails(jobs=jobs), delivery) == Succeeded()
        assert jobs == ["ShipJob"]

    async def test_a_job_that_it_does_not_know_comes_back(self, transport: Transport) -> None:
        delivery = message(json.dumps({"job_class": "Unknown"}))
        assert await outcome_of(transport, aws_sdk_rails(jobs=[]), delivery) == Failed("status 500")

    async def test_a_periodic_task_at_the_root_runs_the_job_of_its_name(self, transport: Transport) -> None:
        jobs: list[str] = []
        outcome = await outcome_of(transport, aws_sdk_rails(jobs=jobs), periodic_task("PurgeJob", "/"), "/elsewhere")
        assert (outcome, jobs) == (Succeeded(), ["PurgeJob"])

    async def test_a_periodic_task_that_it_does_not_know_comes_back(self, transport: Transport) -> None:
        outcome = await outcome_of(transport, aws_sdk_rails(jobs=[]), periodic_task("Unknown", "/"))
        assert outcome == Failed("status 500")

    async def test_a_full_pool_hides_the_message_for_the_back_off(self, transport: Transport) -> None:
        """It answers 429 without Retry-After; the breaker is not told, since the worker is well."""
        outcome = await outcome_of(transport, aws_sdk_rails(jobs=[], capacity=0), message())
        assert outcome == Failed("status 429", full=True)
        assert decide(outcome, receive_count=1, held=0.0, retry=RETRY, random=0.5) == Hide(2.0)


class TestActiveElasticJob:
    async def test_it_accepts_the_digest_of_the_body(self, transport: Transport) -> None:
        jobs: list[str] = []
        delivery = message(attributes=SIGNED)
        assert await outcome_of(transport, active_elastic_job(jobs=jobs), delivery) == Succeeded()
        assert jobs == ["ShipJob"]

    @pytest.mark.parametrize(
        "attributes", [{**SIGNED, "message-digest": message_digest(b"another body")}, {"origin": "AEJ"}]
    )
    async def test_a_digest_that_does_not_fit_is_a_failure(
        self, transport: Transport, attributes: dict[str, str]
    ) -> None:
        outcome = await outcome_of(transport, active_elastic_job(jobs=[]), message(attributes=attributes))
        assert outcome == Failed("status 403")

    async def test_a_message_of_somebody_else_is_the_application_s(self, transport: Transport) -> None:
        assert await outcome_of(transport, active_elastic_job(jobs=[]), message()) == Failed("status 404")

    async def test_a_periodic_task_goes_to_its_route_without_a_digest(self, transport: Transport) -> None:
        jobs: list[str] = []
        task = periodic_task("PurgeJob", "/periodic_tasks")
        assert await outcome_of(transport, active_elastic_job(jobs=jobs), task) == Succeeded()
        assert jobs == ["PurgeJob"]

    async def test_a_caller_that_is_not_local_is_refused(self, transport: Transport) -> None:
        delivery = message(attributes=SIGNED)
        outcome = await outcome_of(transport, behind_a_proxy(active_elastic_job(jobs=[])), delivery)
        assert outcome == Failed("status 403")


class TestLaravelAwsWorker:
    async def test_a_job_of_laravel_runs_and_learns_which_attempt_it_is(self, transport: Transport) -> None:
        jobs: list[str] = []
        worker = laravel_aws_worker(jobs=jobs, handlers={})
        delivery = message(json.dumps({"job": "Ship@call", "data": {}}), receive_count=3)
        assert await outcome_of(transport, worker, delivery, "/worker/queue") == Succeeded()
        assert jobs == ["Ship@call 3"]

    async def test_a_plain_message_goes_to_the_handler_of_its_queue(self, transport: Transport) -> None:
        jobs: list[str] = []
        worker = laravel_aws_worker(jobs=jobs, handlers={"jobs": "App\\HandlesJobs"})
        assert await outcome_of(transport, worker, message('{"order": 7}'), "/worker/queue") == Succeeded()
        assert jobs == ["App\\HandlesJobs 1"]

    async def test_the_schedule_runs_beside_the_queue(self, transport: Transport) -> None:
        jobs: list[str] = []
        worker = laravel_aws_worker(jobs=jobs, handlers={})
        task = periodic_task("nightly", "/worker/schedule")
        assert await outcome_of(transport, worker, task, "/worker/queue") == Succeeded()
        assert jobs == ["nightly"]

    async def test_a_periodic_task_without_a_route_comes_back(self, transport: Transport) -> None:
        task = periodic_task("nightly", "/no/such/route")
        outcome = await outcome_of(transport, laravel_aws_worker(jobs=[], handlers={}), task, "/worker/queue")
        assert outcome == Failed("status 404")

    @pytest.mark.parametrize(
        ("path", "body", "status"), [("/worker/queue", "no JSON", 500), ("/", '{"order": 7}', 404)]
    )
    async def test_what_it_cannot_take_comes_back(
        self, transport: Transport, path: str, body: str, status: int
    ) -> None:
        outcome = await outcome_of(transport, laravel_aws_worker(jobs=[], handlers={}), message(body), path)
        assert outcome == Failed(f"status {status}")


async def test_a_signed_request_changes_nothing_for_them(transport: Transport) -> None:
    jobs: list[str] = []
    async with (
        served(aws_sdk_rails(jobs=jobs)) as url,
        invoker_for(transport, url, signing_keys=[b"k" * 24]) as invoker,
    ):
        assert await invoker.invoke(message()) == Succeeded()
    assert jobs == ["ShipJob"]
