"""The commands that show and steer running daemons."""
