"""What EventBridge Scheduler is told: expressions, names and the message, checked by the AWS SDK's own model."""

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from sqsd_adapters.cli.values.durations import parse_duration
from sqsd_adapters.cron.eventbridge import schedules
from sqsd_adapters.cron.file import read_cron
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.policy.schedule import PeriodicTask

ROLE = "arn:aws:iam::123456789012:role/scheduler"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"


def task(schedule: str = "0 23 * * *", name: str = "report", **others: str) -> PeriodicTask:
    keys = {"name": f'"{name}"', "url": "/report", "schedule": f'"{schedule}"', **others}
    text = "version: 1\ncron:\n - " + "\n   ".join(f"{key}: {value}" for key, value in keys.items())
    [built] = read_cron(text.encode(), name="cron.yaml", read_duration=parse_duration)
    return built


def built(*tasks: PeriodicTask, queue_url: str = QUEUE) -> list[dict[str, Any]]:
    return [dict(each) for each in schedules(tasks, queue_url=queue_url, role_arn=ROLE)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 23 * * *", "cron(0 23 * * ? *)"),
        ("0 */12 * * *", "cron(0 */12 * * ? *)"),
        ("*/5 8-17 1,15 jan *", "cron(*/5 8-17 1,15 JAN ? *)"),
        ("0 9 L * *", "cron(0 9 L * ? *)"),
        ("0 9 * * 0", "cron(0 9 ? * SUN *)"),
        ("0 9 * * 7", "cron(0 9 ? * SUN *)"),
        ("0 9 * * 1-5", "cron(0 9 ? * MON,TUE,WED,THU,FRI *)"),
        ("0 9 * * MON-FRI/2", "cron(0 9 ? * MON,WED,FRI *)"),
        ("0 9 * * */2", "cron(0 9 ? * SUN,TUE,THU,SAT *)"),
        ("0 9 * * 5-7", "cron(0 9 ? * SUN,FRI,SAT *)"),
        ("0 9 * * 5L", "cron(0 9 ? * 6L *)"),
        ("0 9 * * MON#1", "cron(0 9 ? * 2#1 *)"),
    ],
)
def test_a_schedule_is_written_as_eventbridge_reads_it(schedule: str, expected: str) -> None:
    [found] = built(task(schedule))
    assert found["ScheduleExpression"] == expected


def test_both_kinds_of_day_at_once_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"report \(0 9 1 \* MON\).*make two tasks of it"):
        built(task("0 9 1 * MON"))


def test_the_message_is_the_one_that_the_daemon_sends() -> None:
    [found] = built(task())
    assert found["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    message = json.loads(found["Target"]["Input"])
    assert message["QueueUrl"] == QUEUE
    assert message["MessageBody"] == "elasticbeanstalk scheduled job"
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "beanstalk.sqsd.path": "/report",
        "beanstalk.sqsd.task_name": "report",
        "beanstalk.sqsd.scheduled_time": "<aws.scheduler.scheduled-time>",
    }


def test_on_a_fifo_queue_the_message_has_a_group_and_a_deduplication_id() -> None:
    [found] = built(task(), queue_url=f"{QUEUE}.fifo")
    message = json.loads(found["Target"]["Input"])
    assert message["MessageGroupId"] == "report"
    assert message["MessageDeduplicationId"] == "report-<aws.scheduler.scheduled-time>"


def test_the_time_zone_and_catch_up_go_along() -> None:
    [found] = built(task(timezone="Europe/Berlin", catch_up="10m"))
    assert found["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 600}


def test_a_name_keeps_the_characters_that_eventbridge_takes() -> None:
    [found] = built(task(name="nightly report/ü"))
    assert found["Name"] == "nightly-report-"


def test_two_names_that_become_the_same_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="two tasks have the name a-b"):
        built(task(name="a b"), task(name="a/b"))


def test_the_sdk_accepts_the_input() -> None:
    model = ServiceModel(Loader().load_service_model("scheduler", "service-2"), "scheduler")
    shape = model.operation_model("CreateSchedule").input_shape
    assert shape is not None
    for found in built(task(timezone="Europe/Berlin"), task("0 9 * * MON", name="x" * 100, catch_up="0s")):
        report = ParamValidator().validate(found, shape)
        assert not report.has_errors(), report.generate_report()
