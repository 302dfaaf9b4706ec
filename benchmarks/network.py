"""A network with latency: a namespace of its own, whose loopback delays each packet; Linux and root only."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000  # linux/sched.h
NAMESPACE = Path("/proc/self/ns/net")
TIMEOUT = 10.0  # seconds that a command may take


class NoNetwork(Exception):
    """A network cannot be emulated here; the text says why."""


@contextmanager
def network(milliseconds: float) -> Iterator[None]:
    """Let child processes and sockets of this thread be so far apart, there and back.

    The namespace ends with the last process in it.

    Raises:
        NoNetwork: this needs Linux, root, iproute2 and the kernel's netem.
    """
    if not (NAMESPACE.exists() and shutil.which("ip") and shutil.which("tc")):
        raise NoNetwork("an emulated network needs Linux with ip and tc")
    before = os.open(NAMESPACE, os.O_RDONLY)
    try:
        _call("unshare", CLONE_NEWNET)
        try:
            _run("ip", "link", "set", "lo", "up")
            _run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", f"{milliseconds / 2:g}ms")
            yield
        finally:
            _call("setns", before, CLONE_NEWNET)
    finally:
        os.close(before)


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        raise NoNetwork(f"{name}: {os.strerror(ctypes.get_errno())}")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode:
        raise NoNetwork(f"{' '.join(command)}: {done.stderr.strip()}")
