"""The load bench: a simulator of SQS, an HTTP sink, and the daemon between them."""
