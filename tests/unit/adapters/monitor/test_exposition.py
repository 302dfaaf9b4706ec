"""The formats in which metrics are told."""

from collections.abc import Callable, Iterable

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from sqsd_adapters.monitor.exposition import Exposition
from tests.support.monitor import WatchedDaemon, task

Parse = Callable[[str], Iterable[Metric]]

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
#: what Prometheus 2 and 3 send
SCRAPERS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("", TEXT), ("*/*", TEXT), ("text/plain", TEXT), ("text/html", TEXT), (SCRAPERS, OPENMETRICS)],
)
def test_the_scraper_chooses_the_format(accept: str, content_type: str) -> None:
    assert Exposition(monitor=WatchedDaemon()).answer(accept)[1] == content_type


@pytest.mark.parametrize(("accept", "parse"), [("", prometheus), (SCRAPERS, openmetrics)])
def test_both_formats_have_the_daemons_metrics_and_the_processs(accept: str, parse: Parse) -> None:
    body, _ = Exposition(monitor=WatchedDaemon(task())).answer(accept)
    samples = {sample.name: sample for family in parse(body.decode()) for sample in family.samples}
    assert samples["sqsd_tasks_in_flight"].value == 1
    assert samples["process_resident_memory_bytes"].value > 0
    assert {"sqsd_receives_total", "sqsd_message_wait_seconds_bucket", "process_cpu_seconds_total"} <= {*samples}


def test_an_answer_looks_at_the_daemon_once() -> None:
    daemon = WatchedDaemon()
    exposition = Exposition(monitor=daemon)
    assert daemon.looks == 0
    exposition.answer("")
    assert daemon.looks == 1


def test_a_name_with_quotes_and_line_feeds_is_escaped() -> None:
    daemon = WatchedDaemon()
    name = 'or"de\nrs\\'
    daemon.state.queues = {name: daemon.state.queues["jobs"]}
    body, _ = Exposition(monitor=daemon).answer("")
    labels = {sample.labels.get("queue") for family in prometheus(body.decode()) for sample in family.samples}
    assert name in labels
