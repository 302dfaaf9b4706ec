"""The SQS adapter: over the AWS SDK, with a short path for frequent calls."""

from sqsd_adapters.queue.sqs.queue import Client, SqsQueue

__all__ = ["Client", "SqsQueue"]
