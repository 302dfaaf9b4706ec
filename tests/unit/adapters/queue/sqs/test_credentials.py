"""When credentials are asked for again, and what is taken of them."""

import asyncio
import logging
from collections.abc import Callable

import pytest
from aiobotocore.credentials import AioCredentials
from botocore.exceptions import ConfigParseError

from sqsd_adapters.queue.sqs.calls import Operation
from sqsd_adapters.queue.sqs.credentials import ASK_AGAIN, Credentials, RenewingCalls, keys_of
from sqsd_adapters.queue.sqs.errors import CredentialsRefused
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_core.errors import QueueRefused


class HandClock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class Source:
    """Where credentials are looked for: gives what it has, and counts."""

    def __init__(self, has: AioCredentials | Exception | None) -> None:
        self.has = has
        self.asked = 0

    async def find(self) -> AioCredentials | None:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.has, Exception):
            raise self.has
        return self.has


class Sqs:
    """Accepts calls while the credentials are among those that it knows."""

    def __init__(self, credentials: Credentials, *known: str) -> None:
        self._credentials = credentials
        self.known = set(known)
        self.calls: list[str] = []

    async def call(self, operation: Operation, request: Shape) -> Shape:
        del operation, request
        keys = await keys_of(self._credentials)
        self.calls.append(keys.token)
        await asyncio.sleep(0)
        if keys.token not in self.known:
            raise CredentialsRefused("expired")
        return {}


def session_keys(token: str) -> AioCredentials:
    return AioCredentials("AKIA", "secret", token, method="shared-credentials-file")


class Setting:
    def __init__(self, has: AioCredentials | Exception | None) -> None:
        self.clock = HandClock()
        self.source = Source(has)
        self.credentials = Credentials(
            found=session_keys("OLD"), find=self.source.find, queue="jobs", clock=self.clock, label="orders"
        )
        self.sqs = Sqs(self.credentials, "NEW")
        self.calls = RenewingCalls(calls=self.sqs, credentials=self.credentials)

    async def call(self) -> Shape:
        return await self.calls.call(Operation.RECEIVE, {})


async def test_refused_credentials_are_asked_for_again_and_the_call_is_repeated() -> None:
    setting = Setting(session_keys("NEW"))
    assert await setting.call() == {}
    assert setting.sqs.calls == ["OLD", "NEW"]


async def test_accepted_credentials_are_not_asked_for_again() -> None:
    setting = Setting(session_keys("NEW"))
    setting.sqs.known.add("OLD")
    for _ in range(3):
        await setting.call()
    assert setting.source.asked == 0


async def refused(setting: Setting) -> None:
    with pytest.raises(QueueRefused) as caught:
        await setting.call()
    assert type(caught.value) is QueueRefused


@pytest.mark.parametrize(
    "has", [None, session_keys("OLD"), session_keys("NEW\n"), ConfigParseError(path="/c"), OSError()]
)
async def test_the_call_is_not_repeated_where_no_others_are_found(has: AioCredentials | Exception | None) -> None:
    setting = Setting(has)
    await refused(setting)
    assert setting.sqs.calls == ["OLD"]


async def test_other_credentials_that_are_refused_as_well_are_not_repeated() -> None:
    setting = Setting(session_keys("WRONG"))
    await refused(setting)
    assert setting.sqs.calls == ["OLD", "WRONG"]


async def test_the_source_is_asked_no_more_than_once_in_a_while() -> None:
    setting = Setting(None)
    for _ in range(10):
        await refused(setting)
    assert setting.source.asked == 1
    setting.clock.time += ASK_AGAIN
    setting.source.has = session_keys("NEW")
    await setting.call()
    assert setting.source.asked == 2


async def test_calls_side_by_side_share_one_renewal() -> None:
    setting = Setting(session_keys("NEW"))
    assert await asyncio.gather(*(setting.call() for _ in range(8))) == [{}] * 8
    assert setting.source.asked == 1


async def test_credentials_that_code_set_are_the_only_ones() -> None:
    credentials = Credentials(found=session_keys("OLD"), find=None, queue="jobs", clock=HandClock())
    assert not await credentials.renew(0)


async def test_expired_credentials_of_a_source_that_has_others_are_replaced() -> None:
    setting = Setting(session_keys("NEW"))
    expired = RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired.")
    credentials = Credentials(found=Expired(expired), find=setting.source.find, queue="jobs", clock=setting.clock)
    assert await credentials.renew(0)
    assert (await keys_of(credentials)).token == "NEW"


class Expired(AioCredentials):
    def __init__(self, error: Exception) -> None:
        super().__init__("AKIA", "secret")
        self._error = error

    async def get_frozen_credentials(self) -> Callable[[], None]:  # type: ignore[override]  # as AioCredentials itself
        raise self._error


async def test_renewals_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    setting = Setting(session_keys("BAD\n"))
    await refused(setting)
    setting.clock.time += ASK_AGAIN
    setting.source.has = session_keys("NEW")
    await setting.call()
    failed, renewed = caplog.records
    assert (failed.message, renewed.message) == ("credentials not renewed", "credentials renewed")
    assert {failed.__dict__["queue"], renewed.__dict__["queue"]} == {"orders"}
    assert "aws_session_token (AWS_SESSION_TOKEN)" in failed.__dict__["reason"]
    assert "NEW" not in str(renewed.__dict__)
    assert "BAD" not in str(failed.__dict__)
