"""The fuzz targets hold for their seeds and for a few inputs at random, and so they still run."""

import importlib
import random
from types import ModuleType

import pytest

INPUTS = 300


@pytest.fixture(params=["answer", "wire", "settings"])
def target(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(f"tests.fuzz.fuzz_{request.param}")


def test_the_seeds_hold(target: ModuleType) -> None:
    for seed in target.SEEDS:
        target.check(seed)


def test_seeds_with_random_bytes_put_in_hold(target: ModuleType) -> None:
    chance = random.Random(0)
    for _ in range(INPUTS):
        seed = chance.choice(target.SEEDS)
        begin = chance.randint(0, len(seed))
        end = begin + chance.choice((0, 0, 1, 4))
        target.check(seed[:begin] + chance.randbytes(chance.randint(0, 4)) + seed[end:])
