"""Bytes in, answers out: framing, limits, and what must not pass for an answer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.transport.answer_parser import AnswerParser
from sqsd_adapters.transport.exchange import MAX_HEAD, MAX_INTERIM, Answer, BadAnswer
from tests.support import answers

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def parser(max_answer: int = 1_000) -> AnswerParser:
    return AnswerParser(max_answer=max_answer)


def read(*pieces: bytes) -> tuple[Answer | str, bool]:
    """Feed the pieces and then the end of the stream; the answer or why there is none, and whether to go on."""
    reader = parser()
    try:
        for piece in pieces:
            if (answer := reader.feed(piece)) is not None:
                return answer, reader.reusable
        return reader.end(), reader.reusable
    except BadAnswer as error:
        return str(error), reader.reusable


def test_one_answer_after_the_other_is_read() -> None:
    reader = parser()
    for _ in range(3):
        reader.expect()
        assert reader.feed(OK) == Answer(200, [(b"content-length", b"2")], b"ok")
        assert reader.reusable


@pytest.mark.parametrize("surplus", [b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"garbage"])
def test_what_follows_an_answer_makes_the_connection_unfit(surplus: bytes) -> None:
    answer, reusable = read(OK + surplus)
    assert answer == Answer(200, [(b"content-length", b"2")], b"ok")
    assert not reusable


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_connection_that_the_worker_ends_is_not_reusable(raw: bytes) -> None:
    answer, reusable = read(raw)
    assert isinstance(answer, Answer)
    assert not reusable


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-One: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n" + OK,
        b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_with_two_readings_is_malformed(raw: bytes) -> None:
    assert read(raw) == ("the answer is malformed", False)


def test_a_trailer_is_no_header() -> None:
    answer, _ = read(CHUNKED + b"0\r\nX-Sqsd-Disposition: delete\r\n\r\n")
    assert answer == Answer(200, [(b"transfer-encoding", b"chunked")], b"")


def test_the_headers_of_an_interim_answer_are_not_those_of_the_answer() -> None:
    answer, reusable = read(b"HTTP/1.1 103 Early Hints\r\nX-Sqsd-Disposition: delete\r\n\r\n" + OK)
    assert answer == Answer(200, [(b"content-length", b"2")], b"ok")
    assert reusable


def test_a_body_beyond_the_cap_ends_the_answer_and_the_connection() -> None:
    reader = parser(max_answer=10)
    assert reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n") is None
    assert reader.feed(b"123456789") is None
    answer = reader.feed(b"0abc")
    assert answer is not None
    assert answer.body == b"1234567890"
    assert not reader.reusable


def test_a_complete_answer_is_cut_to_the_cap_and_the_connection_kept() -> None:
    reader = parser(max_answer=1)
    answer = reader.feed(OK)
    assert answer is not None
    assert answer.body == b"o"
    assert reader.reusable


def test_a_head_may_be_long_but_not_endless() -> None:
    reader = parser()
    reader.feed(b"HTTP/1.1 200 OK\r\n")
    line = b"X-Filler: " + b"x" * 88 + b"\r\n"
    for _ in range(MAX_HEAD // len(line) - 1):
        assert reader.feed(line) is None
    with pytest.raises(BadAnswer, match="too long"):
        reader.feed(line * 2)


@pytest.mark.parametrize("length", [0, 1_000], ids=["by number", "by length"])
def test_interim_answers_do_not_go_on_for_ever(length: int) -> None:
    reader = parser()
    interim = b"HTTP/1.1 100 Continue\r\nX-Filler: " + b"f" * length + b"\r\n\r\n"
    allowed = min(MAX_INTERIM, MAX_HEAD // len(interim))
    for _ in range(allowed):
        assert reader.feed(interim) is None
    with pytest.raises(BadAnswer):
        reader.feed(interim)


@pytest.mark.parametrize("head", [b"204 No Content", b"304 Not Modified"])
@pytest.mark.parametrize("framing", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_an_answer_without_body_that_announces_one_is_the_last_on_its_connection(head: bytes, framing: bytes) -> None:
    reader = parser()
    assert reader.feed(b"HTTP/1.1 " + head + b"\r\n" + framing + b"\r\n\r\n") is not None
    assert not reader.reusable


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (CHUNKED + b"1;", b"x" * 1_000),
        (CHUNKED + b"0\r\n", b"X-Filler: " + b"x" * 988 + b"\r\n"),
    ],
    ids=["chunk extension", "trailers"],
)
def test_framing_without_content_ends_the_answer(begin: bytes, more: bytes) -> None:
    reader = parser()
    reader.feed(begin)
    pieces = 1
    while (answer := reader.feed(more)) is None:
        pieces += 1
    assert answer.status == 200
    assert not reader.reusable
    assert pieces * len(more) <= 2 * MAX_HEAD + 2_000


@given(answers.valid())
def test_every_valid_answer_is_read(raw: bytes) -> None:
    answer, _ = read(raw)
    assert isinstance(answer, Answer)
    assert answer.status >= 200


@given(answers.interims, answers.final(), st.data())
def test_nothing_is_an_answer_before_its_head_is_complete(interims: bytes, final: bytes, data: st.DataObject) -> None:
    end = final.index(b"\r\n\r\n") + 4
    answer, reusable = read(interims + final[: data.draw(st.integers(0, end - 1))])
    assert isinstance(answer, str)
    assert not reusable


@given(answers.any_answer, st.lists(st.integers(0, 400), max_size=8))
def test_where_the_network_cuts_the_bytes_changes_nothing(raw: bytes, cuts: list[int]) -> None:
    # after a complete answer the rest is not fed piece by piece, as the connection is closed or idle then
    marks = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    pieces = [raw[begin:end] for begin, end in pairwise(marks)]
    whole, _ = read(raw)
    in_pieces, _ = read(*pieces)
    assert in_pieces == whole


@given(st.lists(st.binary(max_size=50) | st.sampled_from(answers.LURES) | st.just(OK), max_size=20))
def test_whatever_comes_is_an_answer_or_a_bad_answer(pieces: list[bytes]) -> None:
    answer, reusable = read(*pieces)
    assert isinstance(answer, Answer) or not reusable
