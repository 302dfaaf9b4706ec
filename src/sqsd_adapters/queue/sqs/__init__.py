"""SQS itself: by the AWS SDK, and past it where the calls are hot."""

from sqsd_adapters.queue.sqs.queue import Client, SqsQueue

__all__ = ["Client", "SqsQueue"]
