"""The ARN of a queue, read off the settings, for events as AWS Lambda has them."""

import os

from sqsd_adapters.cli.assembly.arguments import queue_name, queue_region
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.invoker.batch import EventSource

#: AWS's partitions other than aws, by how the names of their regions begin
PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-isob-": "aws-iso-b",
    "us-iso-": "aws-iso",
    "eusc-": "aws-eusc",
}


def event_source(settings: Settings) -> EventSource:
    """Return the ARN and the region of the queue, as Lambda's events name it.

    If neither QUEUE_URL nor the environment gives them, the region is us-east-1 and the account 000000000000.
    """
    region = queue_region(settings) or _usual_region()
    *_, account, name = ("", *queue_name(settings).rstrip("/").split("/"))
    partition = next((partition for prefix, partition in PARTITIONS.items() if region.startswith(prefix)), "aws")
    owner = account if account.isdigit() else "000000000000"
    return EventSource(arn=f"arn:{partition}:sqs:{region}:{owner}:{name}", region=region)


def _usual_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
