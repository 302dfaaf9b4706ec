"""What stays the same from one ``sqsd dev`` to the next: the signing secret and the page's token, in a private file."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOKEN_SIZE = 32  # bytes
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepsake:
    """Neither is shown in ``repr``: both let others pass for us."""

    signing_secret: str
    #: what requests to the page's server carry
    token: str

    def __repr__(self) -> str:
        return "<Keepsake>"


def state_folder() -> Path:
    """The folder for state of this user (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sqsd"


def keepsake_in(folder: Path, *, new_secret: Callable[[], str]) -> Keepsake:
    """Read the file, or make it; where it cannot be written, the keepsake lasts as long as this process."""
    path = folder / "dev.json"
    if (kept := _read(path)) is not None:
        return kept
    made = Keepsake(signing_secret=new_secret(), token=secrets.token_urlsafe(TOKEN_SIZE))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        # exclusive: of two that start at once, the later one reads the file of the other
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w") as file:
            json.dump({"signing_secret": made.signing_secret, "token": made.token}, file)
    except FileExistsError:
        return _read(path) or made
    except OSError:
        return made
    return made


def _read(path: Path) -> Keepsake | None:
    try:
        fields = json.loads(path.read_text())
        return Keepsake(signing_secret=str(fields["signing_secret"]), token=str(fields["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
