"""What tells a queue from all others, however its URL is spelled: the same for each endpoint that serves it; pure.

=========================================================  ============================
QUEUE_URL                                                  identity
=========================================================  ============================
https://sqs.eu-west-1.amazonaws.com/123456789012/jobs      eu-west-1/123456789012/jobs
https://sqs-fips.us-east-1.amazonaws.com/123456789012/q    us-east-1/123456789012/q
https://sqs.eu-west-1.api.aws/123456789012/jobs            eu-west-1/123456789012/jobs
https://eu-west-1.queue.amazonaws.com/123456789012/jobs    eu-west-1/123456789012/jobs
https://queue.amazonaws.com/123456789012/jobs              us-east-1/123456789012/jobs
https://vpce-1a2b.sqs.eu-west-1.vpce.amazonaws.com/12…/q   eu-west-1/12…/q
http://LOCALHOST/000000000000/jobs/                        localhost:80/000000000000/jobs
=========================================================  ============================

A region's name is unique among AWS's partitions. Whatever is no URL of http or https is its own identity.
"""

import re
from urllib.parse import urlsplit

_REGION = r"(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)"
_AWS = r"(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn|[a-z0-9.]+\.gov)"
_HOSTS = (
    re.compile(rf"sqs(?:-fips)?\.{_REGION}\.{_AWS}"),
    re.compile(rf"(?:[a-z0-9-]+\.)?vpce-[a-z0-9-]+\.sqs(?:-fips)?\.{_REGION}\.vpce\.{_AWS}"),
    re.compile(rf"{_REGION}\.queue\.{_AWS}"),
)
_FIRST = re.compile(r"queue\.amazonaws\.com")  # the first region's first name
_PORTS = {"http": 80, "https": 443}


def queue_identity(url: str) -> str:
    """Return what is the same for each spelling of a queue's URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        return url
    host = (parts.hostname or "").rstrip(".")
    return f"{_region(host) or f'{host}:{port}'}/{parts.path.strip('/')}"


def _region(host: str) -> str | None:
    if _FIRST.fullmatch(host):
        return "us-east-1"
    matches = (pattern.fullmatch(host) for pattern in _HOSTS)
    return next((match["region"] for match in matches if match), None)
