"""What all tests share."""

from hypothesis import HealthCheck, settings

# A machine under load is slow, and that is no failure; pytest's time limit bounds each test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
