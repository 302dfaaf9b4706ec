"""What an unknown key of ``sqsd.toml`` probably means: a key of another table, or a misspelled one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, TOP_KEYS, WORKER_KEYS, Own, QueueOwn, WorkerOwn
from sqsd_adapters.cli.values.spelling import nearest

KINDS: Mapping[str, tuple[Mapping[str, str], type[Own]]] = {
    "worker": (WORKER_KEYS, WorkerOwn),
    "queue": (QUEUE_KEYS, QueueOwn),
}


def hint_for_key(key: str, known: Iterable[str]) -> str:
    """``; did you mean …?``, where a key that is not ``known`` in its table resembles one, or belongs elsewhere."""
    meant = _meant(key.lower(), list(known))
    return f"; did you mean {', or '.join(meant)}?" if meant else ""


def hint_for_table(name: str) -> str:
    """The table that was probably meant, or all that there are."""
    if near := _nearest(name, KINDS):
        return f"; did you mean [{near}.NAME]?"
    return "; tables are " + " and ".join(f"[{kind}.NAME]" for kind in KINDS)


def _meant(key: str, known: Sequence[str]) -> Sequence[str]:
    if key in known:  # in upper case
        return [key]
    if homes := list(_homes(key)):
        return homes
    if near := _nearest(key, known):
        return [near]
    near = _nearest(key, [name for keys, own in KINDS.values() for name in (*keys, *own.model_fields)])
    return list(_homes(near)) if near else ()


def _nearest(key: str, known: Iterable[str]) -> str | None:
    near = nearest(key.upper(), [name.upper() for name in known])
    return near.lower() if near else None


def _homes(key: str) -> Iterator[str]:
    """Where a key of this name, or the variable of this name, would stand."""
    for kind, (keys, own) in KINDS.items():
        names = {variable.lower(): name for name, variable in keys.items()}
        names.update({name: name for name in (*keys, *own.model_fields)})
        if key in names:
            yield f"{names[key]} in [{kind}.NAME]"
    if key in TOP_KEYS:
        yield f"{key} at the top of the file"
