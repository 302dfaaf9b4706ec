"""Which variable was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.spelling import nearest

KNOWN = list(Settings.model_fields)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("QUEUE_URI", "QUEUE_URL"),
        ("QUEU_URL", "QUEUE_URL"),
        ("QUEUE__URL", "QUEUE_URL"),
        ("QUUEE_URL", "QUEUE_URL"),
        ("queue_url", "QUEUE_URL"),
        ("INVOKER_PARALLEL_COUNTS", "INVOKER_PARALLEL_COUNT"),
        ("INVOKER_PARALEL_CONT", "INVOKER_PARALLEL_COUNT"),
        ("INVOKERS", "INVOKER"),
    ],
)
def test_a_slip_of_a_letter_or_two_finds_the_variable(written: str, meant: str) -> None:
    assert nearest(written, KNOWN) == meant


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "REDIS_URL", "LOCAL", "PORT", "AWS_PROFILE", "LOCK", ""])
def test_names_of_others_are_left_alone(name: str) -> None:
    assert nearest(name, KNOWN) is None


@given(st.sampled_from([name for name in KNOWN if len(name) > 8]), st.data())
def test_any_single_change_is_found(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("QXZ_"))
    changed = data.draw(st.sampled_from([name[:place] + name[place + 1 :], name[:place] + letter + name[place:]]))
    assert nearest(changed, [name]) == name
