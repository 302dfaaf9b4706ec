"""``python -m sqsd_adapters.cli`` is ``sqsd``."""

from sqsd_adapters.cli.main import main

main()
