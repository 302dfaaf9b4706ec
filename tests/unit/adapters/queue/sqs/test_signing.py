"""Signatures, held against botocore's own signer."""

import time
from dataclasses import replace

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.sqs.signing import CONTENT_TYPE, Keys, Signer
from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import pairs

TARGET = b"AmazonSQS.ReceiveMessage"
KEYS = Keys(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
BODY = b'{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo"}'
HOST = b"sqs.eu-west-1.amazonaws.com"

visible = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
#: tokens are base64; blanks stand for whatever a hand-copied one may hold
tokens = st.text(visible | st.sampled_from(" \t"), max_size=300)
keys = st.builds(Keys, access_key=st.text(visible, min_size=1), secret_key=st.text(min_size=1), token=tokens)
endpoints = st.sampled_from(
    [
        "https://sqs.eu-west-1.amazonaws.com",
        "https://sqs-fips.us-east-1.amazonaws.com/",
        "https://sqs.cn-north-1.amazonaws.com.cn:443",
        "https://vpce-0a1b-2c.sqs.us-east-1.vpce.amazonaws.com",
        "http://localhost:9324",
        "http://127.0.0.1:80/",
        "https://[::1]:8443",
    ]
)


@given(
    keys=keys,
    endpoint=endpoints,
    region=st.sampled_from(["eu-west-1", "us-gov-west-1", "xx-new-7"]),
    operation=st.sampled_from(["ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"]),
    body=st.binary(max_size=2_000),
    now=st.floats(0, 4_102_444_800),
)
def test_a_signature_is_botocores(
    *, keys: Keys, endpoint: str, region: str, operation: str, body: bytes, now: float
) -> None:
    target = f"AmazonSQS.{operation}"
    signer = Signer(host=Address.parse(endpoint).authority, region=region)
    ours = dict(pairs(signer.headers(target=target.encode(), body=body, keys=keys, now=now)))
    assert ours[b"Authorization"].decode() == botocores(
        keys=keys, endpoint=endpoint, region=region, target=target, body=body, now=now
    )


def botocores(*, keys: Keys, endpoint: str, region: str, target: str, body: bytes, now: float) -> str:
    """What SigV4Auth makes of the request, by its steps, since ``add_auth`` reads the wall clock."""
    signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token or None), "sqs", region)
    request = AWSRequest(method="POST", url=endpoint, data=body)
    request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    request.headers["Content-Type"] = CONTENT_TYPE.decode()
    request.headers["X-Amz-Target"] = target
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if keys.token:
        request.headers["X-Amz-Security-Token"] = keys.token
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signed = signer.signed_headers(signer.headers_to_sign(request))
    scope = signer.scope(request)
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signature}"


def sign(keys: Keys = KEYS, *, now: float = 1_440_938_160.0, signer: Signer | None = None) -> dict[bytes, bytes]:
    signer = signer or Signer(host=HOST, region="eu-west-1")
    return dict(pairs(signer.headers(target=TARGET, body=BODY, keys=keys, now=now)))


def test_the_date_is_the_clocks() -> None:
    assert sign()[b"X-Amz-Date"] == b"20150830T123600Z"


def test_a_session_token_is_sent_and_its_absence_too() -> None:
    assert b"X-Amz-Security-Token" not in sign()
    assert sign(replace(KEYS, token="FwoGZXIvYXdzE"))[b"X-Amz-Security-Token"] == b"FwoGZXIvYXdzE"


@pytest.mark.parametrize("wrong", [{"access_key": "AKIA\r\nX-Evil: 1"}, {"token": "FwoG\nX-Evil: 1"}])
def test_keys_that_would_end_a_header_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="line break"):
        sign(replace(KEYS, **wrong))


def test_the_kept_signing_key_follows_the_day_and_the_credentials() -> None:
    signer = Signer(host=HOST, region="eu-west-1")
    other = replace(KEYS, secret_key="another")
    day = 86_400.0
    for keys, now in [(KEYS, 0.0), (KEYS, day), (other, day), (KEYS, day), (KEYS, 0.0)]:
        assert sign(keys, now=now, signer=signer) == sign(keys, now=now)


def test_keys_do_not_show_their_secrets() -> None:
    shown = repr(replace(KEYS, token="FwoGZXIvYXdzE"))
    assert KEYS.secret_key not in shown
    assert "FwoGZXIvYXdzE" not in shown
