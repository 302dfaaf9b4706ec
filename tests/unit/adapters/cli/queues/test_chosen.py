"""Which queue a command is about."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.queues.chosen import Options, all_chosen, chosen
from sqsd_adapters.errors import ConfigurationError

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012"
OTHER = "https://sqs.eu-west-1.amazonaws.com/123456789012/other"
ARN = "arn:aws:sqs:eu-west-1:123456789012:other"
TOP = '[worker.web]\nurl = "http://127.0.0.1:1/"\n'
ORDERS = f'[queue.orders]\nurl = "{URL}/shop-orders"\nworker = "web"\naws_region = "eu-central-1"\n'
MAILS = f'[queue.mails]\nurl = "{URL}/shop-mails"\nworker = "web"\nsqs_endpoint_url = "http://localhost:9324/"\n'


def given(
    tmp_path: Path | None = None,
    *,
    tables: str = ORDERS + MAILS,
    queue: str | None = None,
    queue_url: str | None = None,
) -> Options:
    file = None
    if tmp_path is not None:
        file = tmp_path / "sqsd.toml"
        file.write_text(TOP + tables)
    return Options(config=file, queue=queue, queue_url=queue_url, region="us-east-1", endpoint_url=None)


def test_without_a_file_the_options_and_variables_say_it() -> None:
    where = chosen(given(queue="jobs", queue_url=OTHER))
    assert (where.given, where.leading_url, where.region) == ("jobs", OTHER, "us-east-1")


def test_a_table_says_where_its_queue_is(tmp_path: Path) -> None:
    orders, mails = (chosen(given(tmp_path, queue=name)) for name in ("orders", "mails"))
    assert (orders.given, orders.region, orders.endpoint_url) == (f"{URL}/shop-orders", "eu-central-1", None)
    assert (mails.given, mails.endpoint_url) == (f"{URL}/shop-mails", "http://localhost:9324/")


def test_the_only_queue_of_a_file_needs_no_name(tmp_path: Path) -> None:
    assert chosen(given(tmp_path, tables=ORDERS)).given == f"{URL}/shop-orders"


@pytest.mark.parametrize("queue", [OTHER, ARN])
def test_a_queue_outside_the_file_is_named_by_its_url(tmp_path: Path, queue: str) -> None:
    assert chosen(given(tmp_path, queue=queue)).given == queue


def test_of_several_queues_one_must_be_chosen_if_the_command_is_about_one(tmp_path: Path) -> None:
    where = chosen(given(tmp_path))
    assert where.leading_url == f"{URL}/shop-orders"
    with pytest.raises(ConfigurationError, match=r"pass --queue with one of orders, mails$"):
        _ = where.given


@pytest.mark.parametrize("queue", ["nonsense", "shop-orders", ""])
def test_a_name_that_no_table_has_is_refused_with_those_that_there_are(tmp_path: Path, queue: str) -> None:
    with pytest.raises(ConfigurationError, match="expected one of orders, mails, or a URL"):
        chosen(given(tmp_path, queue=queue))


def test_every_queue_is_meant_where_none_is_chosen(tmp_path: Path) -> None:
    assert [where.given for where in all_chosen(given(tmp_path))] == [f"{URL}/shop-orders", f"{URL}/shop-mails"]
    assert [where.given for where in all_chosen(given(tmp_path, queue="mails"))] == [f"{URL}/shop-mails"]
    assert [where.given for where in all_chosen(given(queue_url=OTHER))] == [OTHER]


def test_an_empty_name_is_refused_and_does_not_stand_for_the_queue_of_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="--queue: expected the name or the URL"):
        all_chosen(given(queue="", queue_url=f"{URL}/jobs"))
