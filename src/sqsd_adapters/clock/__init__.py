"""The clock port's adapter: the machine's own clocks."""
