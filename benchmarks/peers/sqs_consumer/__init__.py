"""sqs-consumer, a Node library, in a program of a page."""
