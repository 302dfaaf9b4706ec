"""Asks several daemons at once, each over its gRPC monitor."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

import typer

from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_adapters.monitor.tls import ClientTls

T = TypeVar("T")

#: makes the client of an address
Dial: TypeAlias = Callable[[str], MonitorClient]
#: the request to one daemon
Asking: TypeAlias = Callable[[MonitorClient], Awaitable[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitors:
    """Which daemons are asked, and how."""

    addresses: Sequence[str]
    #: of all daemons that have none in ``tokens``
    token: str | None = None
    #: by address
    tokens: Mapping[str, str] = field(default_factory=dict)
    tls: bool = False
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @property
    def dial(self) -> Dial:
        if self.key and not self.cert:
            raise ConfigurationError("--key: pass the certificate as well, with --cert")
        secured = ClientTls(ca=self.ca, cert=self.cert, key=self.key) if self.tls or self.ca or self.cert else None
        return lambda address: MonitorClient(address=address, tls=secured, token=self.tokens.get(address, self.token))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[T]):
    """What each daemon said, by its address; why others said nothing, and what others refused."""

    found: dict[str, T]
    silent: dict[str, str]
    refused: dict[str, ConfigurationError]

    def complain(self) -> None:
        """Name every daemon that did not answer."""
        for reason in self.silent.values():
            complain(reason)

    def end(self) -> None:
        """End the command as the answers demand.

        Raises:
            ConfigurationError: a daemon refused.
            typer.Exit: with 1 when a daemon did not answer.
        """
        if self.refused:
            raise ConfigurationError("\n".join(map(str, self.refused.values())))
        if self.silent:
            raise typer.Exit(Exit.CRASH)


def ask(monitors: Monitors, asking: Asking[T]) -> Answered[T]:
    """Ask all at once; a daemon that does not answer or refuses keeps the others from nothing."""
    return asyncio.run(ask_all(monitors.addresses, asking, dial=monitors.dial))


async def ask_all(addresses: Sequence[str], asking: Asking[T], *, dial: Dial) -> Answered[T]:
    """As ``ask``, in a loop that runs."""
    addresses = list(dict.fromkeys(addresses))
    answers = await asyncio.gather(*(_ask(dial(address), asking) for address in addresses))
    answered: Answered[T] = Answered(found={}, silent={}, refused={})
    for address, answer in zip(addresses, answers, strict=True):
        match answer:
            case MonitorUnavailable():
                answered.silent[address] = str(answer)
            case ConfigurationError():
                answered.refused[address] = answer
            case _:
                answered.found[address] = answer
    return answered


async def _ask(client: MonitorClient, asking: Asking[T]) -> T | MonitorUnavailable | ConfigurationError:
    try:
        async with client:
            return await asking(client)
    except (MonitorUnavailable, ConfigurationError) as error:
        return error
