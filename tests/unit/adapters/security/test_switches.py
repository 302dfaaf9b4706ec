"""No variable turns verification off, and none that holds a secret is shown."""

import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import is_secret
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.transport.tls import Tls
from tests.support.certificates import Authority

OFF = re.compile(r"INSECURE|VERIF|UNSAFE|TRUST|SKIP|IGNORE|NO_|ALLOW", re.IGNORECASE)
SECRETIVE = re.compile(r"HEADERS|SECRET|TOKEN|PASSWORD|REDIS_LOCKER_URL")

#: where a URL with a password may be written, by mistake or not
URLS = (
    *("INVOKER_URL", "INVOKER_HEALTHCHECK_URL", "REDIS_LOCKER_URL", "REDIS_LOCKER_HOST"),
    *("QUEUE_URL", "SQS_ENDPOINT_URL"),
)
SCHEMES = ("http", "https", "redis", "rediss", "http+unix", "unix", "ftp", "")


def settings(**variables: Any) -> Settings:
    return Settings(**variables)


def test_no_variable_turns_verification_off() -> None:
    assert [name for name in Settings.model_fields if OFF.search(name)] == []


def test_every_variable_that_sounds_secret_is_a_secret() -> None:
    sounding = {name for name in Settings.model_fields if SECRETIVE.search(name)}
    assert sounding == {name for name, field in Settings.model_fields.items() if is_secret(field)}


@pytest.mark.parametrize("ca", [False, True])
@pytest.mark.parametrize("client", [False, True])
def test_a_context_verifies_in_every_combination(tmp_path: Path, *, ca: bool, client: bool) -> None:
    authority = Authority(tmp_path)
    context = Tls(
        ca_file=str(authority.ca_file) if ca else None,
        client_cert=str(authority.issue("sqsd")) if client else None,
    ).context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@given(
    st.sampled_from(URLS),
    st.sampled_from(SCHEMES),
    st.lists(st.sampled_from("/?#[]:@%\u2100 \x00é&=\\") | st.characters(), max_size=4).map("".join),
    st.lists(st.sampled_from("/?#[]:@%\u2100 \x00é&=\\") | st.characters(), max_size=4).map("".join),
    st.sampled_from(["", ":port", ":99999", "/path", "?key=hush"]),
)
@example("INVOKER_URL", "https", "", "/", "")
@example("INVOKER_URL", "https", "[", "]", "")
@example("REDIS_LOCKER_URL", "redis", "", "/", "")
def test_no_password_in_a_url_is_shown_whatever_stands_around_it(
    name: str, scheme: str, before: str, after: str, end: str
) -> None:
    url = f"{scheme}://user:{before}hush{after}@worker\u2100{end}"
    try:
        shown = repr(settings(**{"QUEUE_URL": "memory://jobs", name: url}))
    except ConfigurationError as error:
        shown = str(error)
    assert "hush" not in shown
