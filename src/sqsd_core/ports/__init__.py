"""What the core needs from outside, one Protocol per file; each docstring is the contract for its adapters."""
