"""Decisions, each with its table on top: pure functions and values; now and random are arguments."""
