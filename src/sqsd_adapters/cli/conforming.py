"""Whether what code or an extension brings along has the methods of its port; checked before the daemon starts."""


def misfit(part: object, port: type) -> str | None:
    """Why the part cannot be used as the port, in a sentence; None if it has all its methods."""
    if isinstance(part, type):
        return f"expected an instance of {port.__name__}, got the class {part.__qualname__}"
    missing = [name for name in vars(port) if not name.startswith("_") and not hasattr(part, name)]
    if not missing:
        return None
    return f"expected {port.__name__}, got {type(part).__qualname__}, which has no {', '.join(missing)}"
