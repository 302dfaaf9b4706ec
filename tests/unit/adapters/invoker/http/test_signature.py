"""The signature of a request, checked with the library that a worker would check it with."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from sqsd_adapters.invoker.http.signature import Signer
from sqsd_adapters.invoker.http.wire import size
from sqsd_adapters.transport.exchange import Headers

KEY, NEXT_KEY, OTHER_KEY = b"k" * 24, b"n" * 32, b"o" * 64


def now() -> float:
    return datetime.now(tz=UTC).timestamp()  # noqa: TID251 - the library reads the wall clock


def read(headers: Headers) -> Mapping[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


def signed(body: bytes, *keys: bytes, at: float | None = None) -> Mapping[str, str]:
    return read(Signer(keys=keys).headers(message_id=b"m-1", body=body, now=now() if at is None else at))


def test_the_example_of_the_specification_has_its_signature() -> None:
    signer = Signer(keys=[base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
    headers = signer.headers(
        message_id=b"msg_p5jXN8AQM9LWM0D4loKWxJek", body=b'{"test": 2432232314}', now=1_614_265_330.9
    )
    assert list(headers) == [
        (b"webhook-id", b"msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (b"webhook-timestamp", b"1614265330"),
        (b"webhook-signature", b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(min_size=24, max_size=64))
def test_the_library_accepts_any_body_with_any_key(body: str, key: bytes) -> None:
    Webhook(key).verify(body, dict(signed(body.encode(), key)), json_parse=False)


@pytest.mark.parametrize("known", [KEY, NEXT_KEY])
def test_while_secrets_change_a_worker_may_know_either(known: bytes) -> None:
    assert Webhook(known).verify(b'{"a": 1}', dict(signed(b'{"a": 1}', KEY, NEXT_KEY))) == {"a": 1}


@pytest.mark.parametrize(
    ("key", "body", "age"),
    [(OTHER_KEY, b"{}", 0.0), (KEY, b"{ }", 0.0), (KEY, b"{}", 301.0), (KEY, b"{}", -302.0)],
)
def test_the_library_refuses_another_key_another_body_and_another_time(key: bytes, body: bytes, age: float) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body, dict(signed(b"{}", KEY, at=now() - age)))


@pytest.mark.parametrize("keys", [[KEY], [KEY, NEXT_KEY, OTHER_KEY]])
def test_the_size_is_about_what_the_headers_take(keys: list[bytes]) -> None:
    signer = Signer(keys=keys)
    taken = size(signer.headers(message_id=b"0" * 36, body=b"{}", now=now()))
    assert taken <= signer.size <= taken + 64
