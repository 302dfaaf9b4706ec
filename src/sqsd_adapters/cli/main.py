"""The entry point of ``sqsd``: it takes the signals first, and only then imports the command."""

from sqsd_adapters.cli.early_signals import leave_on_signals


def main() -> None:
    """Run the command; a signal ends it with 0 until the daemon drains on signals."""
    leave_on_signals()
    from sqsd_adapters.cli.command import run_command  # noqa: PLC0415 - takes longer than all that came before

    run_command()
