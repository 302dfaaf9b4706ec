"""Messages of the monitor as plain values."""

import json

from google.protobuf.timestamp_pb2 import Timestamp

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.plain import plain
from tests.support.screens import queue, status, task


def test_a_status_has_the_names_of_the_proto_file_and_plain_values() -> None:
    value = plain(status(tasks=[task()]))
    (only,) = value["queues"]
    assert (only["name"], only["depth"]["visible"], only["recent"]["window"]) == ("orders", 1_204, 300.0)
    assert value["at"] == "2023-11-14T22:13:20.000Z"
    assert value["tasks"][0]["receive_count"] == 1
    json.dumps(value, allow_nan=False)


def test_what_is_unset_is_null() -> None:
    value = plain(queue(depth=None))
    assert value["depth"] is None
    assert plain(sqsd_pb2.Depth())["trend"] is None


def test_counts_by_name_are_an_object() -> None:
    assert plain(sqsd_pb2.Totals(outcomes={"failed": 2}))["outcomes"] == {"failed": 2}


def test_what_no_json_can_say_is_null() -> None:
    assert plain(float("nan")) is None
    assert plain(Timestamp(seconds=-(2**62))) is None
