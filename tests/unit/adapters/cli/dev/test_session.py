"""One run of the local tier: what is refused before anything listens."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.dev.given import Given
from sqsd_adapters.cli.dev.session import Session
from sqsd_adapters.cli.values.signing_secrets import new_secret
from sqsd_adapters.dev.keepsake import Keepsake
from sqsd_adapters.errors import ConfigurationError


@pytest.mark.parametrize("worker", [None, "json:loads"])
async def test_a_bad_cron_file_ends_the_start_with_and_without_a_worker(
    worker: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text("version: 2\n")
    monkeypatch.setenv("CRON_FILE", str(file))
    keepsake = Keepsake(token="token", signing_secret=new_secret())
    with pytest.raises(ConfigurationError, match=r"cron\.yaml"):
        await Session(given=Given(invoker=worker), keepsake=keepsake, file=None).serve()
