"""One queue: receives its messages, keeps them hidden and locked while they run, and settles them."""
