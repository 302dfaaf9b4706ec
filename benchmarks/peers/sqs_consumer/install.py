"""Installs the peer on demand, with npm, into a folder that git ignores."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = HERE / "index.mjs"
TIMEOUT = 180.0  # seconds; some twenty small packages


def install() -> str:
    """Install what the program imports, unless it is there; return what hinders it, or nothing."""
    if (HERE / "node_modules" / "sqs-consumer").is_dir():
        return ""
    if not (shutil.which("node") and shutil.which("npm")):
        return "sqs-consumer wants node and npm, which are not installed here"
    arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
    try:
        done = subprocess.run(["npm", *arguments], cwd=HERE, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return f"npm took more than {TIMEOUT:g} s to install sqs-consumer"
    return "" if done.returncode == 0 else "npm could not install sqs-consumer"
