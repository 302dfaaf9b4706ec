"""A queue, a worker and the daemon, each as a process, on this machine: ``python -m examples.demo``."""
