"""Several daemons of the same settings under one parent (PROCESSES)."""
