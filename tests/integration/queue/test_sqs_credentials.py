"""Credentials with what no key has, and credentials that another program renews, both ways to SQS."""

from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs import Client, SqsQueue
from sqsd_core.errors import QueueRefused
from tests.support.scripted_sqs import Reply, ScriptedSqs, answer, error

pytestmark = pytest.mark.integration

#: before the SDK's own attempt the short path makes one
DETOURS: dict[Client, int] = {"short": 1, "aiobotocore": 0}
ISOLATED = [
    *("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"),
]


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The credentials file; nothing else of this machine is looked at."""
    for variable in ISOLATED:
        monkeypatch.delenv(variable, raising=False)
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    write(path, "OLD")
    return path


def write(path: Path, token: str, *, secret: str = "secret") -> None:
    keys = f"aws_access_key_id = AKID{token}\naws_secret_access_key = {secret}\naws_session_token = {token}"
    path.write_text(f"[default]\n{keys}\n")


def queue_at(sqs: ScriptedSqs, client: Client) -> SqsQueue:
    return SqsQueue(clock=SystemClock(), url=f"{sqs.url}/1/jobs", region="eu-west-1", client=client)


@pytest.mark.parametrize(
    "reply",
    [
        error("ExpiredToken", status=403),
        error("ExpiredTokenException", status=400),
        error("InvalidClientTokenId", status=403),
        error("UnrecognizedClientException", status=400),
        error("SignatureDoesNotMatch", status=403),
    ],
    ids=["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "Unrecognized", "SignatureDoesNotMatch"],
)
async def test_a_renewed_file_is_read_when_sqs_refuses_the_old_keys(reply: Reply, client: Client, file: Path) -> None:
    refusals = [reply] * (1 + DETOURS[client])
    async with ScriptedSqs(*refusals, answer({})) as sqs, queue_at(sqs, client) as queue:
        write(file, "NEW")
        await queue.receive(max_messages=1, wait=0, visibility=30)
        await queue.receive(max_messages=1, wait=0, visibility=30)
    tokens = [asked.headers["x-amz-security-token"] for asked in sqs.asked]
    assert tokens == ["OLD"] * len(refusals) + ["NEW", "NEW"]
    assert "AKIDNEW" in sqs.asked[-1].headers["authorization"]


async def test_a_file_that_is_the_same_is_not_asked_with_twice(client: Client) -> None:
    async with ScriptedSqs(error("ExpiredToken", status=403)) as sqs, queue_at(sqs, client) as queue:
        with pytest.raises(QueueRefused, match="expired"):
            await queue.receive(max_messages=1, wait=0, visibility=30)
    assert len(sqs.asked) == 1 + DETOURS[client]


async def test_a_missing_permission_is_no_reason_to_read_the_file(client: Client, file: Path) -> None:
    async with ScriptedSqs(error("AccessDenied", status=403)) as sqs, queue_at(sqs, client) as queue:
        write(file, "NEW")
        with pytest.raises(QueueRefused, match="lack a permission"):
            await queue.receive(max_messages=1, wait=0, visibility=30)
    assert {asked.headers["x-amz-security-token"] for asked in sqs.asked} == {"OLD"}


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("mangled", ["key\n", "key\r", " key", "k\x7fey"])
async def test_a_variable_with_what_no_key_has_is_named_before_sqs_is_asked(
    variable: str, mangled: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, mangled if name == variable else "key")
    async with ScriptedSqs(answer({})) as sqs:
        with pytest.raises(ConfigurationError, match=variable):
            async with queue_at(sqs, client):
                pass
        assert sqs.asked == []


async def test_a_file_with_a_key_of_two_lines_is_named_by_the_key(client: Client, file: Path) -> None:
    write(file, "TOKEN", secret="sec\n  ret")
    async with ScriptedSqs(answer({})) as sqs:
        with pytest.raises(ConfigurationError, match=r"aws_secret_access_key .* from shared-credentials-file"):
            async with queue_at(sqs, client):
                pass
