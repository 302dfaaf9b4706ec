"""Files of SQLite that are ours: locks and the history."""
