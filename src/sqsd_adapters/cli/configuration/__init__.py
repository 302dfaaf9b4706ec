"""The configuration of a daemon: the tables of ``sqsd.toml``, or the environment alone."""
