"""The history of the last messages: in memory, and with HISTORY_FILE in a file as well."""
