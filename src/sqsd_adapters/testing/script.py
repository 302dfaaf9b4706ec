"""Scripts of the kit's fakes: what they do with each body, one step per call and the last one from then on."""

from collections.abc import Mapping, Sequence


def demand_script(script: Mapping[str, object], *, steps: type | tuple[type, ...], named: str) -> None:
    """Refuse a script that would fail in the middle of a test.

    Raises:
        TypeError: the steps of a body are no list, or one is of another kind; ``named`` says what they have to be.
    """
    for body, found in script.items():
        if not isinstance(found, Sequence) or not all(isinstance(step, steps) for step in found):
            raise TypeError(f"script[{body!r}]: expected a list of {named}, got {found!r}")
