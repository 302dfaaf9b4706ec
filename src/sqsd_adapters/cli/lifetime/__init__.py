"""Runs a daemon that was made: start, reload, drain and end."""
