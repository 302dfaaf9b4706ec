"""The SDK's session without the endpoints that are never called."""

from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

from sqsd_adapters.queue.sqs.session import CALLED, LeanFiles, own_session


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    content: dict[str, Any] = create_loader().load_data("endpoints")
    return content


@pytest.fixture(scope="module")
def lean() -> dict[str, Any]:
    content: dict[str, Any] = own_session().get_component("data_loader").load_data("endpoints")
    return content


@pytest.mark.parametrize("service", sorted(CALLED))
def test_what_is_called_has_the_same_endpoint_in_every_region(
    full: dict[str, Any], lean: dict[str, Any], service: str
) -> None:
    whole, ours = EndpointResolver(full), EndpointResolver(lean)
    regions = [region for partition in full["partitions"] for region in partition["regions"]]

    assert len(regions) > 30
    for region in [*regions, "eu-nowhere-9"]:
        assert ours.construct_endpoint(service, region) == whole.construct_endpoint(service, region)


def test_what_is_not_called_is_not_kept(lean: dict[str, Any]) -> None:
    assert "sqs" in lean["partitions"][0]["services"]
    assert all(partition["services"].keys() <= CALLED for partition in lean["partitions"])


def test_other_files_are_read_as_they_are() -> None:
    loader = create_loader()
    path = f"{loader.BUILTIN_DATA_PATH}/partitions"

    assert LeanFiles().load_file(path) == loader.load_data("partitions")


def test_a_file_that_is_not_there_is_none() -> None:
    assert LeanFiles().load_file("/nowhere/endpoints") is None


def test_the_data_path_of_the_configuration_is_looked_through_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

    assert own_session().get_component("data_loader").search_paths[0] == str(tmp_path)
