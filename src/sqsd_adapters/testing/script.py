"""Scripts of the kit's fakes: what they do with each body, one step per call and the last one from then on."""

from collections.abc import Mapping, Sequence


def demand_script(script: Mapping[str, object], *, steps: type | tuple[type, ...], named: str) -> None:
    """Refuse a script that would fail in the middle of a test.

    Raises:
        TypeError: it is no mapping, the steps of a body are no list, or one is of another kind; ``named`` says of which
            they have to be.
    """
    if not isinstance(script, Mapping):
        raise TypeError(f"script: expected a mapping of bodies to lists of {named}, got {type(script).__qualname__}")
    for body, found in script.items():
        if not isinstance(found, Sequence) or not all(isinstance(step, steps) for step in found):
            raise TypeError(f"script[{body!r}]: expected a list of {named}, got {found!r}")
