"""``sqsd why``: the life of a message, and why messages failed."""
