"""Run by Python at its start when on PYTHONPATH: uvloop is not installed, as far as anybody can see."""

import sys

sys.modules["uvloop"] = None  # type: ignore[assignment]  # how Python itself marks what must not be imported
