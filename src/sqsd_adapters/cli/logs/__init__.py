"""The log of a process: how records look, and the thread that writes them."""
