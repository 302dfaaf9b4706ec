"""``sqsd top``: the live screen; pure but for ``feed``, ``tty``, ``session`` and ``top``."""
