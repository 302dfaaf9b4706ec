"""Rates as people write them."""

import pytest

from sqsd_adapters.cli.values.rates import parse_rate
from sqsd_core import Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("50/s", Rate(starts=50)),
        ("3000/m", Rate(starts=3_000, seconds=60.0)),
        ("10/h", Rate(starts=10, seconds=3_600.0)),
        ("50/s,burst=100", Rate(starts=50, burst=100)),
        (" 50 / S , burst = 1 ", Rate(starts=50, burst=1)),
        ("1000000/s", Rate(starts=1_000_000)),
    ],
)
def test_a_number_of_starts_per_unit(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "50",
        "/s",
        "0/s",
        "-1/s",
        "50/d",
        "50/ms",
        "0.5/s",
        "1_0/s",
        "50/s,",
        "50/s,burst",
        "50/s,burst=0",
        "50/s,bust=3",
        "50/s burst=3",
        "50/s,burst=3,burst=4",
        "1000001/s",
        "1/s,burst=1000001",
        "\u0665/s",
        "1/s\n2/s",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a rate|is not between"):
        parse_rate(text)
