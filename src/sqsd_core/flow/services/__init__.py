"""What runs beside the messages: sweeps of expired locks, and the summary in the log."""
