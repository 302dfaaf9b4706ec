"""A worker without a framework: a WSGI application, which verifies each signature and does each job once.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... PORT=8080 python examples/workers/wsgi_worker.py

WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. DATABASE names an SQLite file. For production, name
``examples.workers.wsgi_worker:app`` to a server such as gunicorn or uWSGI.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any
from wsgiref.simple_server import make_server

from standardwebhooks import Webhook, WebhookVerificationError

DATABASE = os.environ.get("DATABASE", "jobs.sqlite3")
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response(receive(body, signature_of(environ)), [("Content-Length", "0")])
    return [b""]


def receive(body: bytes, headers: dict[str, str]) -> str:
    """Return the status of the answer."""
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return "401 Unauthorized"
    ship(headers["webhook-id"], json.loads(body)["order"])
    return "200 OK"


def signature_of(environ: dict[str, Any]) -> dict[str, str]:
    """The headers of the signature; WSGI writes ``webhook-id`` as ``HTTP_WEBHOOK_ID``."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {name: environ.get(f"HTTP_{name.upper().replace('-', '_')}", "") for name in names}


def ship(message_id: str, order: int) -> None:
    """Do the job and note its message in one transaction: both happen, or neither does."""
    with closing(sqlite3.connect(DATABASE)) as database, database:
        new = database.execute("INSERT OR IGNORE INTO done VALUES (?)", [message_id]).rowcount
        if new:
            database.execute("INSERT INTO shipments VALUES (?)", [f"order {order}"])


with closing(sqlite3.connect(DATABASE)) as tables:
    tables.execute("CREATE TABLE IF NOT EXISTS done (message_id TEXT PRIMARY KEY)")
    tables.execute("CREATE TABLE IF NOT EXISTS shipments (shipment TEXT)")

if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8080")), app) as server:
        server.serve_forever()
