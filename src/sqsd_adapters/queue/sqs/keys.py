"""Access keys as people paste them: what no key has is named before AWS refuses it without a hint; pure."""

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.signing import Keys


def check(keys: Keys, *, source: str) -> None:
    """Refuse keys that hold what no header can carry or what AWS would take for a part of the key.

    Raises:
        ConfigurationError: names the variable; ``source`` is the SDK's name for where the keys come from
    """
    for variable, value in (
        ("AWS_ACCESS_KEY_ID", keys.access_key),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_key),
        ("AWS_SESSION_TOKEN", keys.token),
    ):
        # A secret is never sent, so that any text may be one, as emulators let it.
        fault = _fault(value, is_sent=variable != "AWS_SECRET_ACCESS_KEY")
        if fault:
            place = variable if source == "env" else f"{variable.lower()} ({variable}) from {source}"
            raise ConfigurationError(f"{place} {fault}")


def _fault(value: str, *, is_sent: bool) -> str:
    if "\n" in value or "\r" in value:
        return "contains a line break; remove it (`echo` adds one, `echo -n` and `printf` do not)"
    if value != value.strip():
        return "begins or ends with a blank; remove it"
    if not value.isprintable() or (is_sent and not value.isascii()):
        return "contains a character that no key has; copy it again"
    return ""
