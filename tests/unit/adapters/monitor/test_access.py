"""Which headers the bearer token is found in."""

from dataclasses import dataclass, field

import pytest

from sqsd_adapters.monitor.access import NO_TOKEN, BearerToken
from sqsd_adapters.monitor.pace import Pace

METHOD = "/sqsd.MonitoringService/CurrentWorkings"


@dataclass(slots=True)
class Call:
    """What a gate sees of a call."""

    method: str = METHOD
    invocation_metadata: tuple[tuple[str, str | bytes], ...] = field(default=())


def gate(strangers: Pace | None = None) -> BearerToken:
    return BearerToken("s3cret", strangers=strangers or Pace(rate=1_000, burst=1_000))


@pytest.mark.parametrize("value", ["Bearer s3cret", "bearer s3cret"])
async def test_the_scheme_is_read_in_any_case(value: str) -> None:
    call = Call(invocation_metadata=(("user-agent", "x"), ("authorization", value)))
    assert await gate().refusal(call) is None


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", "s3cret"),),
        (("authorization", "Basic s3cret"),),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer "),),
        (("authorization", "Bearer s3cre"),),
        (("authorization", "Bearer s3cret2"),),
        (("authorization", "Bearer S3CRET"),),
        (("authorization", "Bearer sécret"),),
        (("authorization-bin", b"Bearer s3cret"),),
        (("x-authorization", "Bearer s3cret"),),
    ],
)
async def test_anything_else_is_refused(metadata: tuple[tuple[str, str | bytes], ...]) -> None:
    assert await gate().refusal(Call(invocation_metadata=metadata)) is NO_TOKEN


@pytest.mark.parametrize("tokens", [("guess", "s3cret"), ("s3cret", "guess")])
async def test_two_tokens_are_refused_even_if_one_is_right(tokens: tuple[str, str]) -> None:
    both = tuple(("authorization", f"Bearer {token}") for token in tokens)
    assert await gate().refusal(Call(invocation_metadata=both)) is NO_TOKEN


async def test_only_the_health_check_is_open() -> None:
    token = gate()
    assert await token.refusal(Call(method="/grpc.health.v1.Health/Check")) is None
    assert await token.refusal(Call(method="/grpc.health.v1.Health/Watch")) is NO_TOKEN
    assert await token.refusal(Call(method="/grpc.health.v1.Health/Check/")) is NO_TOKEN


async def test_only_a_refused_call_takes_a_turn_of_the_strangers() -> None:
    strangers = Pace(rate=0.001, burst=2, max_wait=0.0)
    token = gate(strangers)
    for _ in range(10):
        await token.refusal(Call(invocation_metadata=(("authorization", "Bearer s3cret"),)))
        await token.refusal(Call(method="/grpc.health.v1.Health/Check"))
    assert strangers.take(0.0) == 0.0
    await token.refusal(Call())
    assert strangers.take(0.0) is None
