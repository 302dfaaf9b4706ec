"""The check of the locks finds what an installation without a resolver would miss."""

from packaging.requirements import Requirement

from tools.lock import ROOT, environments, gaps, pins, problems, wanted

RUN = (ROOT / "requirements" / "run.txt").read_text()


def test_the_locks_are_complete() -> None:
    assert [problem for name, requirements in wanted().items() for problem in problems(name, requirements)] == []


def test_a_package_that_only_another_package_needs_is_missed() -> None:
    lock = [pin for pin in pins(RUN) if pin.name != "multidict"]
    for environment in environments():
        found = list(gaps(lock, [Requirement("aiobotocore")], environment))
        assert any(gap.startswith("aiohttp needs 'multidict") for gap in found)


def test_a_package_that_an_extra_of_another_package_needs_is_missed() -> None:
    lock = [pin for pin in pins((ROOT / "requirements" / "dev.txt").read_text()) if pin.name != "flask"]
    for environment in environments():
        found = list(gaps(lock, [Requirement("moto[server]")], environment))
        assert any(gap.startswith("moto needs 'flask") for gap in found)


def test_a_version_out_of_range_is_named() -> None:
    lock = [pin._replace(version="1.0") if pin.name == "botocore" else pin for pin in pins(RUN)]
    found = list(gaps(lock, [Requirement("aiobotocore")], next(environments())))
    assert any("aiobotocore needs 'botocore" in gap and "the lock has 1.0" in gap for gap in found)
