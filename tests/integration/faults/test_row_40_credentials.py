"""Row 40: keys with a line break, and credentials that another program renews."""

from pathlib import Path

import pytest

from tests.support.command import CREDENTIALS, command, run
from tests.support.scripted_sqs import Asked, Reply, ScriptedSqs, answer, error
from tests.support.stage import within

pytestmark = pytest.mark.integration

CLIENTS = pytest.mark.parametrize("client", ["short", "aiobotocore"])


class TokenSqs(ScriptedSqs):
    """Accepts one session token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.accepted: list[str] = []

    def reply_to(self, asked: Asked) -> Reply:
        if asked.headers.get("x-amz-security-token") != self.token:
            return error("ExpiredToken", status=403)
        self.accepted.append(self.token)
        return answer({})


def env(sqs: ScriptedSqs, client: str) -> dict[str, str]:
    return {
        "AWS_REGION": "eu-west-1",
        "QUEUE_URL": f"{sqs.url}/1/jobs",
        "SQS_CLIENT": client,
        "INVOKER_URL": "http://127.0.0.1:9/",
        "FETCHER_INTERVAL": "100ms",
        "MONITORING_PORT": "-1",
    }


@CLIENTS
@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
async def test_row_40_a_key_with_a_line_break_ends_with_2_and_its_name(variable: str, client: str) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        ended = await run(env={**env(sqs, client), **CREDENTIALS, variable: "secret-value\n"})
        assert sqs.asked == []
    assert ended.code == 2
    assert ended.stderr.startswith(f"sqsd: {variable} contains a line break")
    assert "secret-value" not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr + ended.stdout


@CLIENTS
async def test_row_40_a_renewed_credentials_file_is_read_while_the_daemon_runs(client: str, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    write(file, "OLD")
    async with TokenSqs("OLD") as sqs, command(env=with_file(env(sqs, client), file)) as daemon:
        await within(20, lambda: len(sqs.accepted) > 2)
        sqs.token = "NEW"
        await daemon.until("queue unavailable")
        write(file, "NEW")
        await within(50, lambda: "NEW" in sqs.accepted)
        ended = await daemon.drained()
    assert ended.code == 0
    assert "credentials renewed" in ended.stdout


def with_file(variables: dict[str, str], file: Path) -> dict[str, str]:
    return {**variables, "AWS_SHARED_CREDENTIALS_FILE": str(file)}


def write(file: Path, token: str) -> None:
    keys = f"aws_access_key_id = AKID\naws_secret_access_key = secret\naws_session_token = {token}"
    file.write_text(f"[default]\n{keys}\n")
