"""Periodic tasks as files have them: EB's cron.yaml, and what EventBridge Scheduler reads."""
