"""What tells a queue from all others, however its URL is spelled: one URL for all endpoints that serve it; pure.

=======================================================  ======================================================
QUEUE_URL                                                identity
=======================================================  ======================================================
https://sqs.eu-west-1.amazonaws.com/123456789012/jobs    the same
https://sqs-fips.eu-west-1.amazonaws.com/1…2/jobs        https://sqs.eu-west-1.amazonaws.com/123456789012/jobs
https://sqs.eu-west-1.api.aws/1…2/jobs                   https://sqs.eu-west-1.amazonaws.com/123456789012/jobs
https://eu-west-1.queue.amazonaws.com/1…2/jobs           https://sqs.eu-west-1.amazonaws.com/123456789012/jobs
https://vpce-1a.sqs.eu-west-1.vpce.amazonaws.com/1…      https://sqs.eu-west-1.amazonaws.com/123456789012/jobs
https://queue.amazonaws.com/1…2/jobs                     https://sqs.us-east-1.amazonaws.com/123456789012/jobs
http://LOCALHOST:80/000000000000/jobs/                   http://localhost/000000000000/jobs
=======================================================  ======================================================

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
        default, port = _PORTS[parts.scheme], parts.port
    except (KeyError, ValueError):
        return url
    host, path = (parts.hostname or "").rstrip("."), parts.path.strip("/")
    if region := _region(host):
        return f"https://sqs.{region}.{_suffix(region)}/{path}"
    netloc = host if port in {None, default} else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}/{path}"


def _region(host: str) -> str | None:
    if _FIRST.fullmatch(host):
        return "us-east-1"
    matches = (pattern.fullmatch(host) for pattern in _HOSTS)
    return next((match["region"] for match in matches if match), None)


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
