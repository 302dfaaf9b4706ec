"""``python -m sqsd_adapters`` is ``sqsd``."""

from sqsd_adapters.cli.main import main

main()
