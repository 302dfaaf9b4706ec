"""``sqsd dlq``: dead letters are listed, looked at, kept in a file, sent back or deleted."""
