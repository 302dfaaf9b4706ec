"""``sqsd dev``: puts the embedded SQS, the daemon and the page together, and runs them until a signal."""
