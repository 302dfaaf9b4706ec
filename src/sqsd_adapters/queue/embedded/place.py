"""Where an engine's queues are: the region and the account in their ARNs and URLs."""

import re
from dataclasses import dataclass

_ARN = re.compile(r"arn:aws[a-z-]*:sqs:([a-z0-9-]+):([0-9]{12}):(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One account in one region; LocalStack and ElasticMQ use the same defaults."""

    region: str = "us-east-1"
    #: twelve digits
    account_id: str = "000000000000"

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn_of(self, name: str) -> str:
        return f"arn:{self.partition}:sqs:{self.region}:{self.account_id}:{name}"

    def url_of(self, base_url: str, name: str) -> str:
        return f"{base_url}/{self.account_id}/{name}"


HOME = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """The ARN of a queue, taken apart."""

    region: str
    account_id: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Arn | None":
        """None where the text is no ARN of a queue."""
        match = _ARN.fullmatch(text)
        return None if match is None else cls(region=match[1], account_id=match[2], name=match[3])

    def is_in(self, place: Place) -> bool:
        return (self.region, self.account_id) == (place.region, place.account_id)
