"""Periodic tasks as input of EventBridge Scheduler's CreateSchedule, which then sends the same messages."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqsd_adapters.errors import ConfigurationError
from sqsd_core.policy.periodic import BODY, attributes, group_id
from sqsd_core.policy.schedule import PeriodicTask

TARGET = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"  # EventBridge Scheduler puts the slot here
MAX_NAME = 64  # EventBridge Scheduler: characters of a schedule's name
MIN_AGE, MAX_AGE = 60, 86_400  # seconds; EventBridge Scheduler: MaximumEventAgeInSeconds
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_OTHER = re.compile(r"[^0-9A-Za-z_.-]+")
_DAY = "|".join(DAYS)
_RANGE = re.compile(rf"(?P<first>[0-7]|{_DAY})(?:-(?P<last>[0-7]|{_DAY}))?(?:/(?P<step>\d+))?")
_OF_MONTH = re.compile(rf"(?P<day>[0-7]|{_DAY})(?P<which>L|#[1-5])")
_SATURDAY = 6


def schedules(tasks: Sequence[PeriodicTask], *, queue_url: str, role_arn: str) -> Sequence[Mapping[str, Any]]:
    """Build one input per task.

    Raises:
        ConfigurationError: a schedule cannot be expressed, or two names become the same.
    """
    built = [_schedule(task, queue_url=queue_url, role_arn=role_arn) for task in tasks]
    names = sorted(str(each["Name"]) for each in built)
    twice = [name for name, same in groupby(names) if len(list(same)) > 1]
    if twice:
        raise ConfigurationError(f"two tasks have the name {twice[0]} in EventBridge Scheduler; rename one of them")
    return built


def _schedule(task: PeriodicTask, *, queue_url: str, role_arn: str) -> Mapping[str, Any]:
    return {
        "Name": _OTHER.sub("-", task.name)[:MAX_NAME],
        "ScheduleExpression": f"cron({_expression(task)})",
        "ScheduleExpressionTimezone": str(task.zone),
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": TARGET,
            "RoleArn": role_arn,
            "Input": json.dumps(_send_message(task, queue_url), ensure_ascii=False),
            "RetryPolicy": {"MaximumEventAgeInSeconds": round(min(max(task.catch_up, MIN_AGE), MAX_AGE))},
        },
    }


def _send_message(task: PeriodicTask, queue_url: str) -> Mapping[str, Any]:
    message: dict[str, Any] = {
        "QueueUrl": queue_url,
        "MessageBody": BODY,
        "MessageAttributes": {
            name: {"DataType": attribute.data_type, "StringValue": attribute.value}
            for name, attribute in attributes(path=task.path, name=task.name, scheduled_time=SCHEDULED_TIME).items()
        },
    }
    if queue_url.endswith(".fifo"):
        message["MessageGroupId"] = group_id(task.name)
        message["MessageDeduplicationId"] = f"{group_id(task.name)[:90]}-{SCHEDULED_TIME}"
    return message


def _expression(task: PeriodicTask) -> str:
    """The five fields as EventBridge's six: it counts the days from 1 (Sunday), and wants one kind of day."""
    minute, hour, day, month, weekday = task.schedule.upper().split()
    if weekday == "*":
        return f"{minute} {hour} {day} {month} ? *"
    if day == "*":
        return f"{minute} {hour} ? {month} {_weekdays(weekday)} *"
    raise ConfigurationError(
        f"the task {task.name} ({task.schedule}): EventBridge Scheduler takes a day of the month or a day of the week,"
        " not both; make two tasks of it"
    )


def _weekdays(field: str) -> str:
    """A list of names; EventBridge's numbers are others than cron's."""
    named: set[int] = set()
    special = []
    for term in field.split(","):
        if match := _OF_MONTH.fullmatch(term):
            special.append(f"{_number(match['day']) % 7 + 1}{match['which']}")
        else:
            named.update(_days(term))
    return ",".join([*(DAYS[day] for day in sorted(named)), *special])


def _days(term: str) -> Iterator[int]:
    body, _, step = term.partition("/")
    if body == "*":
        yield from range(0, 7, int(step or 1))
        return
    match = _RANGE.fullmatch(term)
    if match is None:
        raise ConfigurationError(f"EventBridge Scheduler cannot express the day of the week {term!r}")
    first = _number(match["first"])
    last = _number(match["last"]) if match["last"] else _SATURDAY if step else first
    yield from (day % 7 for day in range(first, last + 1, int(step or 1)))


def _number(day: str) -> int:
    return int(day) if day.isdigit() else DAYS.index(day)
