"""How long a process may drain whose parent has died."""

import pytest

from sqsd_adapters.cli.processes.orphan import MARGIN, Orphan


@pytest.mark.parametrize(("reloaded", "expected"), [(300.0, 300.0), (5.0, 60.0)])
def test_a_reload_lets_it_drain_longer_but_never_shorter(reloaded: float, expected: float) -> None:
    orphan = Orphan(0, patience=60.0)
    orphan.allow(reloaded)

    assert orphan.limit == expected + MARGIN
