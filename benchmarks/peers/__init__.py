"""Other daemons, for comparison in the same run."""
