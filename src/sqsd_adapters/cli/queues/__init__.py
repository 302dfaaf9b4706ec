"""What commands that work on queues share: which queue, its client, their options."""
