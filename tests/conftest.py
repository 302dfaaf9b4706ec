"""What all tests share."""

from hypothesis import settings

# A machine under load is slow, and that is no failure; pytest's time limit bounds each test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
