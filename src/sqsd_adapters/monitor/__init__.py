"""The monitor port's adapters: gRPC, its client, and HTTP probes."""

import os

# gRPC's core writes past logging, straight to stderr (a line for every failed handshake of any stranger), and
# reads this only when it is first imported. What it would say, we raise or log ourselves.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
