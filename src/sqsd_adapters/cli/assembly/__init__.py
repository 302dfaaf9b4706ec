"""Makes a daemon from its configuration, and checks what can be checked before it starts."""
