"""Which requests a browser may have sent for another site."""

import pytest

from sqsd_adapters.queue.embedded.origin import OriginGuard

OURS = {"Host": "127.0.0.1:9324"}


def refused(headers: dict[str, str], *, host: str = "127.0.0.1", allowed: tuple[str, ...] = ()) -> bool:
    return OriginGuard(host=host, allowed=allowed).refusal(headers) is not None


@pytest.mark.parametrize("host", ["127.0.0.1:9324", "127.9.9.9", "localhost:9324", "LOCALHOST", "[::1]:9324", "[::1]"])
def test_a_loopback_name_or_address_is_admitted(host: str) -> None:
    assert not refused({"Host": host})


@pytest.mark.parametrize(
    "host", ["evil.example:9324", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1:9324", "", "[", "::1"]
)
def test_any_other_host_is_refused(host: str) -> None:
    assert refused({"Host": host})


def test_a_request_without_a_host_is_refused() -> None:
    assert refused({})


def test_the_configured_host_and_allowed_names_are_admitted() -> None:
    assert not refused({"Host": "sqs.internal:9324"}, host="sqs.internal")
    assert not refused({"Host": "SQS:9324"}, host="0.0.0.0", allowed=("sqs",))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_on_every_address_admits_addresses_and_no_foreign_names(host: str) -> None:
    assert not refused({"Host": "192.0.2.1:9324"}, host=host)
    assert refused({"Host": "evil.example:9324"}, host=host)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:3000", "https://127.0.0.1:9324"],
)
def test_another_origin_is_refused(origin: str) -> None:
    assert refused({**OURS, "Origin": origin})


def test_a_page_of_the_server_itself_is_admitted() -> None:
    assert not refused({**OURS, "Origin": "http://127.0.0.1:9324", "Sec-Fetch-Site": "same-origin"})


@pytest.mark.parametrize(("site", "refusal"), [("cross-site", True), ("same-site", True), ("none", False)])
def test_a_request_that_another_site_has_caused_is_refused(site: str, refusal: bool) -> None:
    assert refused({**OURS, "Sec-Fetch-Site": site}) is refusal


def test_a_client_that_is_no_browser_is_admitted() -> None:
    assert not refused(OURS)
