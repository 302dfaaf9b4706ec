"""A file keeps queues and messages over a restart."""

from pathlib import Path

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.file import QueueFile
from sqsd_adapters.queue.embedded.journal import QueueRecord
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageAttribute

EPOCH, LATER_EPOCH = 1_000_000.0, 1_000_500.0  # the clock of a restarted machine begins anew


class House:
    """An engine over a file, which can be restarted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open(EPOCH)

    def _open(self, epoch: float) -> None:
        self.file = QueueFile.open(self._path)
        ids = iter(range(self.file.next_sequence, 10_000))
        self.engine = Engine(
            new_id=lambda: f"m{next(ids)}", epoch=epoch, first_sequence=self.file.next_sequence, journal=self.file
        )
        self.file.restore(self.engine, now=0.0)

    def restart(self) -> Engine:
        """Crash after the last commit and come back; the new clock's 0 is 500 seconds after the old one's."""
        self.file.commit()
        self.file._connection.close()
        self._open(LATER_EPOCH)
        return self.engine


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "queues.db")


def test_queues_keep_their_attributes_tags_and_times(house: House) -> None:
    house.engine.create_queue("dead", now=1)
    house.engine.create_queue("jobs", {"VisibilityTimeout": "7", **redrive_to("dead", 3)}, tags={"a": "1"}, now=1)
    house.engine.set_attributes("jobs", {"DelaySeconds": "3"}, now=2)
    before = house.engine.attributes("jobs", now=3)
    engine = house.restart()
    assert engine.queue_names() == ["dead", "jobs"]
    assert engine.attributes("jobs", now=0) == before
    assert engine.tags("jobs") == {"a": "1"}
    assert engine.dead_letter_sources("dead") == ["jobs"]


def test_a_message_comes_back_whole(house: House) -> None:
    attributes = {
        "text": MessageAttribute(data_type="String", value="grüße"),
        "raw": MessageAttribute(data_type="Binary", value=b"\x00\xff"),
    }
    house.engine.create_queue("jobs.fifo", now=0)
    sending = Sending(body="héllo", attributes=attributes, trace_header="Root=1", group_id="g", deduplication_id="d")
    sent = house.engine.send("jobs.fifo", sending, now=1)
    engine = house.restart()
    [received] = engine.receive("jobs.fifo", now=0)
    assert (received.id, received.sending, received.sent) == (sent.message_id, sending, sent)
    assert received.sent_at == EPOCH + 1


def test_messages_stand_where_they_stood(house: House) -> None:
    house.engine.create_queue("jobs", now=0)
    for body, delay in (("in flight", 0), ("back", 0), ("visible", 0), ("delayed", 900)):
        house.engine.send("jobs", Sending(body=body, delay=delay), now=0)
    [in_flight] = house.engine.receive("jobs", visibility=600, now=0)
    house.engine.receive("jobs", visibility=400, now=0)
    engine = house.restart()
    assert engine.counts("jobs", now=0) == Counts(visible=2, in_flight=1, delayed=1)
    assert [message.sending.body for message in engine.receive("jobs", limit=10, now=0)] == ["back", "visible"]
    engine.delete("jobs", in_flight.receipt, now=1)
    assert "in flight" not in engine.bodies("jobs", now=1)


def test_the_receive_count_and_the_first_receive_are_kept(house: House) -> None:
    house.engine.create_queue("jobs", now=0)
    house.engine.send("jobs", Sending(body="x"), now=0)
    house.engine.receive("jobs", visibility=1, now=10)
    [message] = house.restart().receive("jobs", now=0)
    assert (message.receive_count, message.first_received_at) == (2, EPOCH + 10)


def test_another_retention_period_is_kept(house: House) -> None:
    house.engine.create_queue("jobs", now=0)
    house.engine.send("jobs", Sending(body="hello"), now=0)
    house.engine.set_attributes("jobs", {"MessageRetentionPeriod": "600"}, now=1)
    engine = house.restart()
    assert engine.bodies("jobs", now=99) == ["hello"]
    assert engine.bodies("jobs", now=100) == []


def test_a_fifo_group_waits_for_its_message_in_flight(house: House) -> None:
    house.engine.create_queue("jobs.fifo", now=0)
    for body in ("a", "b"):
        house.engine.send("jobs.fifo", Sending(body=body, group_id="g", deduplication_id=body), now=0)
    [first] = house.engine.receive("jobs.fifo", visibility=600, now=0)
    engine = house.restart()
    assert not engine.receive("jobs.fifo", now=0)
    engine.delete("jobs.fifo", first.receipt, now=1)
    assert [message.sending.body for message in engine.receive("jobs.fifo", now=1)] == ["b"]


def test_what_was_deleted_purged_or_expired_does_not_come_back(house: House) -> None:
    for name in ("jobs", "mail", "gone"):
        house.engine.create_queue(name, {"MessageRetentionPeriod": "400"}, now=0)
        house.engine.send(name, Sending(body="x"), now=0)
    [message] = house.engine.receive("jobs", now=0)
    house.engine.delete("jobs", message.receipt, now=0)
    house.engine.send("jobs", Sending(body="expired"), now=0)
    house.engine.purge("mail", now=0)
    house.engine.delete_queue("gone")
    engine = house.restart()
    assert engine.queue_names() == ["jobs", "mail"]
    assert engine.bodies("jobs", now=0) == engine.bodies("mail", now=0) == []


def test_a_dead_letter_is_in_its_new_queue_and_only_there(house: House) -> None:
    house.engine.create_queue("dead", now=0)
    house.engine.create_queue("jobs", redrive_to("dead", 1), now=0)
    house.engine.send("jobs", Sending(body="poison"), now=0)
    house.file.commit()
    house.engine.receive("jobs", visibility=0, now=0)
    house.engine.receive("jobs", visibility=0, now=0)
    engine = house.restart()
    assert (engine.bodies("jobs", now=0), engine.bodies("dead", now=0)) == ([], ["poison"])
    [message] = engine.receive("dead", now=0)
    assert message.source_arn == engine.attributes("jobs", now=0)["QueueArn"]


def test_sequence_numbers_rise_although_all_messages_were_deleted(house: House) -> None:
    house.engine.create_queue("jobs.fifo", now=0)
    sending = Sending(body="x", group_id="g", deduplication_id="1")
    before = house.engine.send("jobs.fifo", sending, now=0).sequence_number or ""
    [message] = house.engine.receive("jobs.fifo", now=0)
    house.file.commit()
    house.engine.delete("jobs.fifo", message.receipt, now=0)
    engine = house.restart()
    after = engine.send("jobs.fifo", Sending(body="x", group_id="g", deduplication_id="2"), now=0).sequence_number
    assert (after or "") > before


def test_what_was_not_committed_is_not_there_in_part(house: House) -> None:
    house.engine.create_queue("jobs", now=0)
    house.file.commit()
    house.engine.send("jobs", Sending(body="x"), now=0)
    house.file._messages.clear()  # the process is killed before the answer
    assert house.restart().bodies("jobs", now=0) == []


def test_a_deduplication_id_is_remembered_with_its_message(house: House) -> None:
    house.engine.create_queue("jobs.fifo", now=0)
    twin = Sending(body="x", group_id="g", deduplication_id="d")
    house.engine.send("jobs.fifo", twin, now=450)
    engine = house.restart()
    engine.send("jobs.fifo", twin, now=1)
    assert engine.bodies("jobs.fifo", now=1) == ["x"]


def test_a_full_disk_is_an_error_and_what_was_not_written_is_written_later(house: House) -> None:
    house.engine.create_queue("jobs", now=0)
    house.file.commit()
    house.file._connection.execute("PRAGMA max_page_count = 20")
    sent = house.engine.send("jobs", Sending(body="x" * 200_000), now=0)
    with pytest.raises(SqsError, match=r"queues\.db cannot be written: .*full") as caught:
        house.file.commit()
    assert caught.value.code is ErrorCode.INTERNAL_ERROR
    house.file._connection.execute("PRAGMA max_page_count = 10000")
    [(_, message)] = house.restart().look("jobs", now=0)
    assert message.id == sent.message_id


def test_a_second_process_is_told_that_the_file_is_in_use(house: House, tmp_path: Path) -> None:
    house.engine.create_queue("jobs", now=0)
    house.file.commit()
    with pytest.raises(ConfigurationError, match=r"queues\.db: another process uses it"):
        QueueFile.open(tmp_path / "queues.db")


@pytest.mark.parametrize("content", [b"no database, but long enough to be read as one" * 50, b"{}"])
def test_another_kind_of_file_is_refused_and_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"notes\.txt: it holds no queues"):
        QueueFile.open(path)
    assert path.read_bytes() == content


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot use the file"):
        QueueFile.open(tmp_path / "no such directory" / "queues.db")


def test_a_queue_comes_back_although_its_settings_would_be_refused_today(house: House) -> None:
    attributes = {"FifoThroughputLimit": "perMessageGroupId"}
    house.file.queue_changed(QueueRecord(name="fast.fifo", attributes=attributes, tags={}, created_at=0, modified_at=0))
    engine = house.restart()
    engine.set_attributes("fast.fifo", {"VisibilityTimeout": "7"}, now=0)
    assert engine.attributes("fast.fifo", now=0)["FifoThroughputLimit"] == "perMessageGroupId"


def test_the_file_of_a_newer_version_is_refused(house: House, tmp_path: Path) -> None:
    house.file._connection.execute("PRAGMA user_version = 99")
    house.file._connection.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        QueueFile.open(tmp_path / "queues.db")
