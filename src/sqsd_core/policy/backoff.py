"""How long to wait before the next attempt: capped exponential with full jitter above the first.

Attempt 1 waits exactly ``base``, so that a single failure is retried soon; attempt n waits a random time between
``base`` and ``min(maximum, base × 2^(n-1))``, so that many failures do not come back in step.
"""

MAX_DOUBLINGS = 64  # beyond any maximum, and far below a float's range


def backoff(attempt: int, *, base: float, maximum: float, random: float) -> float:
    """Seconds to wait after the ``attempt``-th failure (1 is the first); ``random`` is uniform in [0, 1)."""
    ceiling = min(maximum, base * 2.0 ** min(max(attempt, 1) - 1, MAX_DOUBLINGS))
    return base + random * max(0.0, ceiling - base)
