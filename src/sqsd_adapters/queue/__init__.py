"""The queue port's adapters: SQS, and an SQS of our own for demos and tests."""
