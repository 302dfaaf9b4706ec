"""What all tests share."""

import signal

from hypothesis import HealthCheck, settings

# A machine under load is slow, and that is no failure; pytest's time limit bounds each test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# What a shell runs in its background ignores SIGINT, and so would each process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
