"""Lists of statuses and ranges."""

import pytest

from sqsd_adapters.cli.values.statuses import parse_statuses


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("200", {200}),
        ("200-202", {200, 201, 202}),
        ("200-201,404", {200, 201, 404}),
        (" 200 - 201 , 404 ", {200, 201, 404}),
        ("599", {599}),
        ("200,200-200", {200}),
    ],
)
def test_statuses_and_ranges_are_read(text: str, statuses: set[int]) -> None:
    assert parse_statuses(text) == statuses


@pytest.mark.parametrize("text", ["", ",", "200,", "2xx", "199", "600", "299-200", "100-299", "200-", "20", "٢٠٠"])
def test_what_is_no_list_of_statuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a status nor a range|not within 200-599"):
        parse_statuses(text)


def test_every_wrong_item_is_named() -> None:
    with pytest.raises(ValueError, match=r"^'2xx' is neither a status nor a range; '600' is not within 200-599"):
        parse_statuses("200,2xx,600")
