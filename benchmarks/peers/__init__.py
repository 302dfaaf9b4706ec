"""Daemons of other people, for comparison in the same run."""
