"""How SqsQueue finds its endpoint, region and credentials, and what it sends with every call."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs import Client, SqsQueue
from sqsd_core.errors import QueueRefused, QueueUnavailable
from sqsd_core.version import __version__
from tests.support.certificates import Authority
from tests.support.moto import ACCESS_KEY, SECRET_KEY
from tests.support.scripted_sqs import Reply, ScriptedSqs, answer

pytestmark = pytest.mark.integration

AWS = "https://sqs.ap-northeast-1.amazonaws.com/123456789012/jobs"

ISOLATED = [
    *("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy"),
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys from the environment, and nothing else of this machine's."""
    for variable in ISOLATED:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


class Receive(Protocol):
    def __call__(
        self, url: str, *, region: str | None = None, endpoint_url: str | None = None
    ) -> Awaitable[object]: ...


@pytest.fixture
def receive(client: Client) -> Receive:
    async def receive(url: str, *, region: str | None = None, endpoint_url: str | None = None) -> object:
        queue = SqsQueue(clock=SystemClock(), url=url, region=region, endpoint_url=endpoint_url, client=client)
        async with queue:
            return await queue.receive(max_messages=1, wait=0, visibility=30)

    return receive


def signed_region(sqs: ScriptedSqs) -> str:
    scope = sqs.asked[0].headers["authorization"].partition("Credential=")[2]
    return scope.split("/")[2]


async def test_the_region_is_the_urls_and_the_endpoint_is_the_one_given(receive: Receive) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        await receive(AWS, endpoint_url=sqs.url)
        assert signed_region(sqs) == "ap-northeast-1"
        assert sqs.asked[0].request["QueueUrl"] == AWS


async def test_a_region_given_goes_before_the_urls_with_a_warning(
    receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        await receive(AWS, endpoint_url=sqs.url, region="us-east-2")
        assert signed_region(sqs) == "us-east-2"
    assert "AWS_REGION differs from the region in QUEUE_URL" in caplog.messages


@pytest.mark.parametrize("host", ["sqs-fips.us-east-1.amazonaws.com", "sqs.us-east-1.api.aws"])
async def test_an_endpoint_given_goes_before_a_fips_or_dual_stack_host(host: str, receive: Receive) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        await receive(f"https://{host}/1/jobs", endpoint_url=sqs.url)
        assert signed_region(sqs) == "us-east-1"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"])
async def test_the_environment_names_the_endpoint(
    variable: str, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        monkeypatch.setenv(variable, sqs.url)
        await receive("http://127.0.0.1:1/1/jobs", region="eu-west-1")
        assert len(sqs.asked) == 1


async def test_an_emulators_url_is_its_endpoint_and_the_sdk_finds_the_region(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    async with ScriptedSqs(answer({})) as sqs:
        await receive(f"{sqs.url}/000000000000/jobs")
        assert signed_region(sqs) == "eu-central-1"


async def test_without_a_region_the_variable_to_set_is_named(receive: Receive) -> None:
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        await receive("http://127.0.0.1:1/1/jobs")


@pytest.mark.parametrize("endpoint_url", ["localhost:9324", "http://a b"])
async def test_an_endpoint_that_is_no_url_is_named_by_its_variable(endpoint_url: str, receive: Receive) -> None:
    with pytest.raises(ConfigurationError, match="SQS_ENDPOINT_URL"):
        await receive(AWS, endpoint_url=endpoint_url)


async def test_without_credentials_nothing_is_sent_and_the_variables_are_named(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    async with ScriptedSqs(answer({})) as sqs:
        with pytest.raises(QueueRefused, match="AWS_ACCESS_KEY_ID"):
            await receive(AWS, endpoint_url=sqs.url)
        assert sqs.asked == []


async def test_half_of_the_credentials_are_none(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    async with ScriptedSqs(answer({})) as sqs:
        with pytest.raises(QueueRefused, match="AWS_SECRET_ACCESS_KEY is missing"):
            await receive(AWS, endpoint_url=sqs.url)


async def test_a_profile_that_is_not_there_is_named(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(ConfigurationError, match="nowhere"):
        await receive(AWS)


async def test_the_user_agent_says_who_asks(receive: Receive) -> None:
    async with ScriptedSqs(answer({})) as sqs:
        await receive(AWS, endpoint_url=sqs.url)
        assert sqs.asked[0].headers["user-agent"].split()[0] == f"sqsd/{__version__}"


def keys(serial: int, *, expires: datetime) -> Reply:
    """What the container's credential endpoint says; each answer has keys of its own."""
    return answer(
        {
            "AccessKeyId": f"AKIA{serial}",
            "SecretAccessKey": SECRET_KEY,
            "Token": f"token-{serial}",
            "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        }
    )


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedSqs], None]:
    def container(endpoint: ScriptedSqs) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{endpoint.url}/credentials")

    return container


async def test_credentials_that_run_out_are_renewed_and_every_call_is_signed_with_fresh_ones(
    client: Client, container: Callable[[ScriptedSqs], None]
) -> None:
    # within the SDK's ten minutes of mandatory renewal, so that each call asks for new ones
    soon = datetime.now(UTC) + timedelta(minutes=5)  # noqa: TID251 - the SDK compares with the wall clock
    async with (
        ScriptedSqs(*[keys(serial, expires=soon) for serial in range(20)]) as endpoint,
        ScriptedSqs(answer({})) as sqs,
    ):
        container(endpoint)
        async with SqsQueue(clock=SystemClock(), url=AWS, endpoint_url=sqs.url, client=client) as queue:
            for _ in range(3):
                await queue.receive(max_messages=1, wait=0, visibility=30)
        tokens = [asked.headers["x-amz-security-token"] for asked in sqs.asked]
        signed_with = [asked.headers["authorization"].partition("AKIA")[2][0] for asked in sqs.asked]
    assert len(tokens) == len(set(tokens)) == 3
    assert [token.removeprefix("token-") for token in tokens] == signed_with


async def test_credentials_that_have_run_out_for_good_are_refused(
    client: Client, container: Callable[[ScriptedSqs], None]
) -> None:
    past = datetime.now(UTC) - timedelta(minutes=5)  # noqa: TID251 - as above
    async with ScriptedSqs(keys(0, expires=past)) as endpoint, ScriptedSqs(answer({})) as sqs:
        container(endpoint)
        async with SqsQueue(clock=SystemClock(), url=AWS, endpoint_url=sqs.url, client=client) as queue:
            with pytest.raises(QueueRefused, match="expired"):
                await queue.receive(max_messages=1, wait=0, visibility=30)
        assert sqs.asked == []


async def test_a_proxy_of_the_environment_is_used(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedSqs(answer({})) as proxy, ScriptedSqs(answer({})) as sqs:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await receive(AWS, endpoint_url=sqs.url)
        [asked] = proxy.asked
        assert sqs.asked == []
        assert asked.target == f"{sqs.url}/"


async def test_an_endpoint_is_trusted_by_the_authority_that_the_environment_names(
    client: Client, receive: Receive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.ca_file))
    async with ScriptedSqs(answer({}), tls=authority.server_context()) as sqs:
        await receive(AWS, endpoint_url=sqs.url)
        [asked] = sqs.asked
    # the SDK counts its attempts in this header; the short path does not
    assert ("amz-sdk-request" in asked.headers) is (client == "aiobotocore")


async def test_an_endpoint_of_an_unknown_authority_is_asked_nothing(receive: Receive, tmp_path: Path) -> None:
    async with ScriptedSqs(answer({}), tls=Authority(tmp_path).server_context()) as sqs:
        with pytest.raises(QueueUnavailable, match="certificate"):
            await receive(AWS, endpoint_url=sqs.url)
        assert sqs.asked == []
