"""The adapter of the clock port."""
