"""Asks running daemons over their gRPC monitors: addresses, tokens, options."""
