"""Answers with status 2xx of something that stands in a peer's place: a captive portal, a proxy, another API."""

import gzip
import json

from sqsd_adapters.testing.raw_answers import Answer, respond, respond_and_close

PAGE = b"<!doctype html><html><head><title>Log in</title></head><body><p>Log in<br>first.</body></html>"
WELL_FORMED = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Log in</p></body></html>'
OTHER = json.dumps({"status": "ok", "data": {"id": 1}}).encode()


def http(body: bytes, *fields: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A complete answer, unless ``length`` announces more."""
    lines = [b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % (len(body) if length is None else length)]
    return b"\r\n".join([*lines, b"", body])


HTML, JSON = b"Content-Type: text/html; charset=utf-8", b"Content-Type: application/json"

#: by what they are
FOREIGN: dict[str, Answer] = {
    "a page": respond(http(PAGE, HTML)),
    "a page from a file": respond(
        http(PAGE, HTML, b'ETag: "65f1-2c3"', b"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT")
    ),
    "a page that is XML": respond(http(WELL_FORMED, HTML)),
    "a compressed page": respond(http(gzip.compress(PAGE), HTML, b"Content-Encoding: gzip")),
    "nothing, 204": respond(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "nothing, 200": respond(http(b"")),
    "JSON of another shape": respond(http(OTHER, JSON, b'ETag: W/"1f-abc"')),
    "JSON of another shape, 201": respond(http(OTHER, JSON, status=b"201 Created")),
    "a list in JSON": respond(http(b"[1, 2]", JSON)),
    "cut JSON": respond(http(b'{"Attributes": {"lock_id": {"S"', JSON)),
    "an answer that breaks off": respond_and_close(http(b'{"Attributes": ', JSON, length=1_000)),
}
