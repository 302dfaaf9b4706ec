"""``sqsd status``: how a daemon is, and what it is made of on a screen."""
