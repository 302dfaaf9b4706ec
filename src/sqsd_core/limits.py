"""SQS's limits, each one once; the source is the SQS API reference."""

MAX_BATCH = 10  # ReceiveMessage: MaxNumberOfMessages; DeleteMessageBatch, ChangeMessageVisibilityBatch: entries
MAX_WAIT = 20.0  # ReceiveMessage: WaitTimeSeconds
SHORTEST_LONG_POLL = 1.0  # ReceiveMessage: WaitTimeSeconds that asks all of the queue's servers
MAX_VISIBILITY = 43_200.0  # ChangeMessageVisibility: 12 hours, counted from the receive
MAX_DELAY = 900.0  # SendMessage: DelaySeconds, 15 minutes
