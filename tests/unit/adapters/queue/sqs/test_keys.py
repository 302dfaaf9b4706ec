"""Access keys as people paste them."""

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.keys import check
from sqsd_adapters.queue.sqs.signing import Keys

GOOD = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG+bPx", "token": "FwoGZXIvYXdzE//="}
VARIABLES = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}


@pytest.mark.parametrize("part", VARIABLES)
@pytest.mark.parametrize(
    ("mangle", "hint"),
    [
        ("{}\n", "line break"),
        ("{}\r", "line break"),
        ("{}\r\n", "line break"),
        ("\n{}", "line break"),
        ("{0}\n{0}", "line break"),
        ("{} ", "blank"),
        ("\t{}", "blank"),
        ("{}\x00", "no key has"),
        ("{}\x1b[2J", "no key has"),
        ("\ufeff{}", "no key has"),
        ("{}\u200b", "no key has"),
    ],
)
def test_what_no_key_has_is_refused_by_the_variable_s_name_without_its_value(part: str, mangle: str, hint: str) -> None:
    keys = Keys(**GOOD | {part: mangle.format(GOOD[part])})
    with pytest.raises(ConfigurationError, match=f"^{VARIABLES[part]} .*{hint}") as caught:
        check(keys, source="env")
    assert not any(value in str(caught.value) for value in GOOD.values())


def test_keys_of_a_file_are_named_as_the_file_has_them() -> None:
    with pytest.raises(ConfigurationError, match=r"^aws_secret_access_key \(AWS_SECRET_ACCESS_KEY\) from shared-cred"):
        check(Keys(**GOOD | {"secret_key": "a\nb"}), source="shared-credentials-file")


@pytest.mark.parametrize(
    "changes", [{}, {"token": ""}, {"secret_key": "not a secret"}, {"secret_key": "påss"}, {"secret_key": ""}]
)
def test_what_may_be_a_key_passes(changes: dict[str, str]) -> None:
    check(Keys(**GOOD | changes), source="env")
