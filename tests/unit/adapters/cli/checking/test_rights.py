"""Which rights `sqsd check` tries, and that it changes nothing by it."""

from pathlib import Path

from sqsd_adapters.cli.checking.queue import check_rights
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.queue.sqs.refusal import Refusal
from sqsd_adapters.queue.sqs.wire import Shape

SETTINGS = Settings(QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/1/jobs", INVOKER_URL="http://worker/")


class Sqs:
    """Refuses each request: some for want of a right, the others for their form."""

    def __init__(self, *denied: str) -> None:
        self._denied = denied
        self.asked: dict[str, Shape] = {}

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        self.asked[operation] = request
        raise Refusal("no", code="AccessDenied" if operation in self._denied else "InvalidParameterValue")


async def test_a_right_is_there_if_sqs_only_refuses_the_form() -> None:
    sqs = Sqs()
    assert (await check_rights(sqs, SETTINGS, can_describe=True)).is_ok
    assert set(sqs.asked) == {"ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"}


async def test_no_request_is_one_that_sqs_would_carry_out() -> None:
    sqs = Sqs()
    await check_rights(sqs, SETTINGS.model_copy(update={"CRON_FILE": Path("cron.yaml")}), can_describe=True)
    assert sqs.asked["ReceiveMessage"]["MaxNumberOfMessages"] > 10
    assert sqs.asked["SendMessage"]["DelaySeconds"] > 900
    assert sqs.asked["DeleteMessage"]["ReceiptHandle"] == "sqsd-check"


async def test_the_right_to_send_is_tried_where_periodic_tasks_are_set() -> None:
    with_cron = SETTINGS.model_copy(update={"CRON_FILE": Path("cron.yaml")})
    finding = await check_rights(Sqs("SendMessage"), with_cron, can_describe=True)
    assert finding.fix == "allow sqs:SendMessage on the queue"
    assert (await check_rights(Sqs("SendMessage"), SETTINGS, can_describe=True)).is_ok


async def test_every_right_that_is_missing_is_named() -> None:
    finding = await check_rights(Sqs("DeleteMessage"), SETTINGS, can_describe=False)
    assert finding.fix == "allow sqs:DeleteMessage, sqs:GetQueueAttributes on the queue"
