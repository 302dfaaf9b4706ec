"""Packages from npm for tests that need Node, installed once where pytest keeps a cache."""

import json
import subprocess
from pathlib import Path

import pytest


def install(folder: Path, packages: dict[str, str]) -> None:
    """Install what ``folder`` lacks; skip the test where npm cannot, as npm is no part of what the project needs."""
    missing = [f"{name}@{version}" for name, version in packages.items() if _installed(folder, name) != version]
    if not missing:
        return
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *missing]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except subprocess.SubprocessError:
        pytest.skip(f"npm cannot install {', '.join(missing)}")


def folder_for(name: str, request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Path:
    """A folder that outlives the run where pytest keeps a cache."""
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    return factory.mktemp(name) if cache is None else Path(cache.mkdir(name))


def _installed(folder: Path, name: str) -> str | None:
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None
