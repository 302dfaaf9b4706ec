"""``sqsd cron``: the periodic tasks, when each is due, and their export."""
