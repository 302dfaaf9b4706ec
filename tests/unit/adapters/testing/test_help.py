"""``help()`` of each name of the testing kit says something; the tests of a suite speak by their names."""

import inspect
from collections.abc import Iterator

import pytest

from sqsd_adapters import testing


def undocumented(named: object) -> Iterator[str]:
    for name, value in vars(named).items() if isinstance(named, type) else ():
        method = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        public = inspect.isfunction(method) and not name.startswith(("_", "test_"))
        if public and not inspect.getdoc(method):
            yield name


@pytest.mark.parametrize("name", testing.__all__)
def test_each_name_and_each_method_explains_itself(name: str) -> None:
    named = getattr(testing, name)
    assert named.__doc__
    assert [*undocumented(named)] == []
