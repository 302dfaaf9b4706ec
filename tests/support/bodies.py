"""Bodies of messages of every kind that SQS lets through."""

import json
import random

SEED = 7


def mixed_bodies(count: int) -> list[str]:
    """JSON, text, emoji, the control characters that SQS allows, and 200 kB."""
    rng = random.Random(SEED)
    kinds = [
        lambda n: json.dumps({"n": n, "text": 'quotes " and \\ and é'}),
        lambda n: f"plain text {n}",
        lambda n: f"{n} 😀👩‍👩‍👧 \U0010fffd \ue000",
        lambda n: f"{n}\t\r\n \x7f\x85\u2028",
        lambda n: f"{n}:" + "".join(rng.choices('abc"\\é😀\n', k=1_000)),
    ]
    bodies = [kinds[n % len(kinds)](n) for n in range(count - 2)]
    return [*bodies, "x" * 200_000, "é" * 100_000]
