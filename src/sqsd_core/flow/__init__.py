"""The stations of a message, in the order in which it meets them; the only part of the core that awaits."""
