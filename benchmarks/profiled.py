"""Runs a Python command under cProfile from SIGUSR2 to its end: `profiled.py PROFILE COMMAND`."""

import cProfile
import runpy
import signal
import sys


def main(profile: str, command: str) -> None:
    profiler = cProfile.Profile()
    signal.signal(signal.SIGUSR2, lambda *_: profiler.enable())
    sys.argv = [command]
    try:
        runpy.run_path(command, run_name="__main__")
    finally:
        profiler.disable()
        profiler.dump_stats(profile)


if __name__ == "__main__":
    main(*sys.argv[1:])
