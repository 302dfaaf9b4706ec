"""Parts of installed packages: selected by name, configured by their own variables, complained about like sqsd's."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli.assembly.advice import advice
from sqsd_adapters.cli.config import print_settings
from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.harness import until
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from tests.support.acme import ALL, AcmeLocks, Recorder, offer

URL = "https://acme.example:99/locks"
Offer = Callable[..., None]


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Offers packages to this process."""
    count = iter(range(100))

    def offering(points: dict[str, str] = ALL, **names: str) -> None:
        monkeypatch.syspath_prepend(offer(tmp_path / str(next(count)), points, **names))

    return offering


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACME_URL", "ACME_TOKEN", "ACME_RETRIES"):
        monkeypatch.delenv(name, raising=False)


def settings(**variables: Any) -> Settings:
    return Settings(**{"QUEUE_URL": "memory://jobs", "MONITORING_PORT": -1, **variables})


def complaint(**variables: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings(**variables)
    return str(caught.value)


def test_a_lock_store_gets_its_settings_from_the_environment(offered: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    offered()
    monkeypatch.setenv("ACME_URL", URL)
    monkeypatch.setenv("ACME_RETRIES", "7")
    store = Sqsd(settings(LOCKER="Acme"), invoker=print).parts.queue.lock_store()
    assert isinstance(store, AcmeLocks)
    assert (store.own.ACME_URL, store.own.ACME_RETRIES, store.own.ACME_TOKEN) == (URL, 7, None)
    assert store.queue_url == "memory://jobs"


def test_keywords_of_the_settings_go_before_the_environment(offered: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    offered()
    monkeypatch.setenv("ACME_URL", "other")
    store = Sqsd(settings(LOCKER="acme", ACME_URL=URL), invoker=print).parts.queue.lock_store()
    assert store.own.ACME_URL == URL


def test_a_message_meets_all_four_kinds_and_they_are_opened_and_closed(offered: Offer) -> None:
    offered()
    chosen = {"QUEUE_URL": "acme://host/orders", "INVOKER": "acme", "LOCKER": "acme", "OBSERVERS": "acme"}
    daemon = Sqsd(settings(**chosen, ACME_URL=URL), clock=LoopClock())

    async def run() -> None:
        queue, store = daemon.parts.queue.queue(), daemon.parts.queue.lock_store()
        (observer,) = daemon.parts.daemon.own_observers()
        assert isinstance(observer, Recorder)
        queue.send("a")
        async with daemon:
            assert (store.opened, observer.open) == (1, True)
            await until(lambda: queue.is_empty)
        assert queue.name == "orders"
        assert observer.told == ("a",)
        assert (store.opened, observer.open) == (0, False)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())


def test_what_code_brings_along_goes_before_an_extension(offered: Offer) -> None:
    offered()
    mine = MemoryLockStore(clock=LoopClock())
    daemon = Sqsd(settings(LOCKER="acme", ACME_URL=URL), invoker=print, lock_store=mine)
    assert daemon.parts.queue.lock_store() is mine


def test_its_mistakes_are_named_with_all_others(offered: Offer) -> None:
    offered()
    said = complaint(LOCKER="acme", ACME_RETRIES="many", INVOKER_TIMEOUT="soon", FETCHER_MAX_MESSAGES=11)
    assert "the configuration has 4 problems" in said
    assert "ACME_URL: not set, and LOCKER=acme needs it: URL of the Acme server" in said
    assert "ACME_RETRIES=many: Input should be a valid integer" in said
    assert "INVOKER_TIMEOUT=soon" in said


def test_a_rule_between_its_settings_is_named_with_what_selects_it(offered: Offer) -> None:
    offered({"sqsd.lock_stores": "demanding"})
    assert "LOCKER=acme: Value error, the moon must be full" in complaint(LOCKER="acme")


def test_no_secret_of_it_is_shown(offered: Offer) -> None:
    offered()
    assert "hush" not in complaint(LOCKER="acme", ACME_URL=URL, ACME_TOKEN="hush")
    url = "https://user:hush-hush@acme.example/?key=hush-hush"
    shown = settings(LOCKER="acme", ACME_URL=url, ACME_TOKEN="hush-hush")
    assert "hush" not in repr(shown)
    assert shown.shown()["ACME_TOKEN"] == "***"
    assert "hush" not in complaint(LOCKER="acme", ACME_URL=url, ACME_RETRIES="many")


def test_an_extension_that_fails_is_an_error_without_secrets(offered: Offer) -> None:
    offered({"sqsd.lock_stores": "failing"})
    daemon = Sqsd(settings(LOCKER="acme", ACME_URL=URL, ACME_TOKEN="hush-hush"), invoker=print)
    with pytest.raises(ConfigurationError, match="LOCKER=acme: LookupError: no such server") as caught:
        daemon.parts.queue.lock_store()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("group", "variable", "value", "said"),
    [
        ("sqsd.lock_stores", "LOCKER", "acme", "LOCKER=acme: expected LockStore, got str, which has no acquire"),
        ("sqsd.observers", "OBSERVERS", "acme", "OBSERVERS=acme: expected Observer, got str, which has no joined"),
        ("sqsd.queues", "QUEUE_URL", "acme://jobs", "QUEUE_URL=acme://: expected Queue, got str, which has no name"),
        ("sqsd.invokers", "INVOKER", "acme", "INVOKER=acme: builtins.str is neither callable nor an Invoker"),
    ],
)
async def test_an_extension_that_makes_something_else_is_an_error_of_the_start(
    offered: Offer, group: str, variable: str, value: str, said: str
) -> None:
    offered({group: "nonsense"})
    invoker = None if variable == "INVOKER" else print
    with pytest.raises(ConfigurationError, match=said):
        async with Sqsd(settings(**{variable: value}), invoker=invoker):
            pytest.fail("entered")


def test_sqsd_config_shows_its_variables_with_their_origins(
    offered: Offer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offered()
    for name, value in {"QUEUE_URL": "memory://jobs", "INVOKER": "acme", "LOCKER": "acme", "ACME_URL": URL}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ACME_TOKEN", "hush-hush")
    print_settings(env_files={})
    lines = capsys.readouterr().out.splitlines()
    assert f"ACME_URL={URL}  # environment" in lines
    assert "ACME_TOKEN=***  # environment" in lines
    assert "ACME_RETRIES=3  # default" in lines


def test_a_variable_that_looks_like_one_of_its_own_gets_a_warning(offered: Offer) -> None:
    offered()
    found = advice(settings(LOCKER="acme", ACME_URL=URL), environ={"ACME_RETRYS": "1"})
    assert [warning.sentence for warning in found] == ["unknown variable ACME_RETRYS: did you mean ACME_RETRIES?"]


def test_a_keyword_of_an_extension_that_is_not_selected_is_no_setting(offered: Offer) -> None:
    offered()
    assert "ACME_URL: no such setting" in complaint(ACME_URL=URL)


@pytest.mark.parametrize(
    ("variable", "value", "group"),
    [
        ("LOCKER", "acme", "sqsd.lock_stores"),
        ("INVOKER", "acme", "sqsd.invokers"),
        ("OBSERVERS", "acme", "sqsd.observers"),
        ("QUEUE_URL", "acme://host/jobs", "sqsd.queues"),
    ],
)
def test_a_name_that_is_not_installed_is_an_error_that_names_those_that_are(
    offered: Offer, variable: str, value: str, group: str
) -> None:
    assert f"no extension 'acme' is installed in the group {group}" in complaint(**{variable: value})
    offered(name="other")
    said = complaint(**{variable: value})
    assert f"{variable}={value}: " in said
    assert "(installed: other)" in said


def test_an_entry_point_that_cannot_be_imported_is_an_error(offered: Offer) -> None:
    offered({"sqsd.lock_stores": "nowhere_at_all:lock_store"})
    assert "LOCKER=acme: the entry point nowhere_at_all:lock_store fails to import: ModuleNotFoundError" in complaint(
        LOCKER="acme"
    )


def test_an_entry_point_that_is_no_extension_is_an_error(offered: Offer) -> None:
    offered({"sqsd.lock_stores": "AcmeLocks"})
    assert "is a type, no sqsd.Extension" in complaint(LOCKER="acme")


def test_two_packages_with_one_name_are_an_error_that_names_both(offered: Offer) -> None:
    offered()
    offered({"sqsd.lock_stores": "failing"}, package="acme-two")
    said = complaint(LOCKER="acme", ACME_URL=URL)
    assert "several packages offer 'acme'" in said
    assert "tests.support.acme:failing, tests.support.acme:lock_store" in said


def test_two_observers_are_both_told(offered: Offer) -> None:
    offered()
    offered({"sqsd.observers": "recorder"}, name="other", package="other")
    daemon = Sqsd(settings(OBSERVERS="acme, Other"), invoker=print)
    assert len(daemon.parts.daemon.own_observers()) == 2
