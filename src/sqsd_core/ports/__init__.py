"""What the core asks of the world, one Protocol a file; each docstring is the contract of its adapters."""
