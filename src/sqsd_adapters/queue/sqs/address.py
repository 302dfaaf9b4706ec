"""Reads a queue's URL: the name, the region and the endpoint."""

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from sqsd_adapters.errors import ConfigurationError

_REGION = r"[a-z]{2,}(?:-[a-z]+)+-\d+"
_CURRENT = re.compile(rf"(?:^|\.)sqs(?P<fips>-fips)?\.(?P<region>{_REGION})\.")
_LEGACY = re.compile(rf"^(?:(?P<region>{_REGION})\.)?queue\.(?=amazonaws\.com)")
_AWS = re.compile(r"\.(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws|api\.amazonwebservices\.com\.cn|[a-z0-9.]+\.gov)$")
_DUAL_STACK = re.compile(r"\.api\.(?:aws|amazonwebservices\.com\.cn)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAddress:
    """A queue's URL, read."""

    url: str
    #: the last segment of the path
    name: str
    #: None where the URL names none
    region: str | None = None
    #: the URL's own, where the region does not lead to the endpoint: a VPC endpoint, an emulator
    origin: str | None = None
    #: the host is the region's FIPS endpoint
    fips: bool = False
    #: the host is the region's endpoint for IPv6 and IPv4
    dual_stack: bool = False

    ELSEWHERE: ClassVar[str] = "AWS_REGION differs from the region in QUEUE_URL"

    def is_elsewhere(self, region: str | None) -> bool:
        """Whether the URL names another region than this one."""
        return bool(region and self.region and region != self.region)

    @classmethod
    def parse(cls, url: str) -> "QueueAddress":
        """Read a queue's URL.

        Raises:
            ConfigurationError: it is no URL of a queue
        """
        parts = urlsplit(url)
        host, name = parts.hostname or "", parts.path.rstrip("/").rpartition("/")[2]
        if parts.scheme not in {"http", "https"} or not host or not name:
            raise ConfigurationError(
                "QUEUE_URL is not the URL of a queue; it looks like https://sqs.<region>.amazonaws.com/<account>/<name>"
            )
        current, legacy = _CURRENT.search(host), _LEGACY.match(host)
        regional = legacy or (current and current.start() == 0 and _AWS.search(host))
        return cls(
            url=url,
            name=name,
            region=_region(current, legacy),
            origin=None if regional else f"{parts.scheme}://{parts.netloc}",
            fips=bool(regional and current and current["fips"]),
            dual_stack=bool(regional and _DUAL_STACK.search(host)),
        )


def _region(current: re.Match[str] | None, legacy: re.Match[str] | None) -> str | None:
    if legacy:
        return legacy["region"] or "us-east-1"  # queue.amazonaws.com: the first region's first name
    return current["region"] if current else None
