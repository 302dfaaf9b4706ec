"""Variables that have another name here."""

import pytest

from sqsd_adapters.cli.settings.former_names import FORMER, GONE, meant
from sqsd_adapters.cli.settings.settings import Settings

KNOWN = Settings.model_fields


def test_each_former_name_leads_to_a_variable_and_is_none_itself() -> None:
    assert set(FORMER.values()) <= set(KNOWN)
    assert not set(FORMER) & set(KNOWN)
    assert not set(GONE) & set(KNOWN)


@pytest.mark.parametrize(
    ("name", "environ", "variable"),
    [
        ("DEFAULT_INVOKER_TIMEOUT", {}, "INVOKER_TIMEOUT"),
        ("DEFAULT_INVOKER_TIMEOUT", {"INVOKER_TIMEOUT": ""}, "INVOKER_TIMEOUT"),
        ("DEFAULT_INVOKER_TIMEOUT", {"INVOKER_TIMEOUT": "60s"}, None),
        ("WORKER_DESTINATION_URL", {}, "INVOKER_URL"),
        ("QUEUE_URI", {"QUEUE_URL": "http://127.0.0.1:9324/1/jobs"}, "QUEUE_URL"),
        ("QUEUE_URL", {}, None),
        ("PATH", {}, None),
    ],
)
def test_a_former_name_counts_only_where_ours_is_not_set(
    name: str, environ: dict[str, str], variable: str | None
) -> None:
    assert meant(name, known=KNOWN, environ=environ) == variable
