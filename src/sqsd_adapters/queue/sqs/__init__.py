"""SQS itself, through the AWS SDK."""

from sqsd_adapters.queue.sqs.queue import Client, SqsQueue

__all__ = ["Client", "SqsQueue"]
