"""One worker: its slots, its breaker, and the buffer from which the slots take messages."""
