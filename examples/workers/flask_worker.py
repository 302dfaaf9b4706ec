"""A worker with Flask: it verifies the signature of each request, and does each job once.

    pip install flask standardwebhooks
    WEBHOOK_SECRET=whsec_... flask --app examples.workers.flask_worker run --port 8080

WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. DATABASE names an SQLite file.
"""

import os
import sqlite3
from contextlib import closing

from flask import Flask, Response, request
from standardwebhooks import Webhook, WebhookVerificationError

DATABASE = os.environ.get("DATABASE", "jobs.sqlite3")
webhook = Webhook(os.environ["WEBHOOK_SECRET"])
app = Flask(__name__)


@app.post("/")
def receive() -> Response:
    try:
        webhook.verify(request.get_data(), dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return Response(status=401)
    ship(request.headers["webhook-id"], request.get_json()["order"])
    return Response(status=200)


def ship(message_id: str, order: int) -> None:
    """Do the job and note its message in one transaction: both happen, or neither does."""
    with closing(sqlite3.connect(DATABASE)) as database, database:
        new = database.execute("INSERT OR IGNORE INTO done VALUES (?)", [message_id]).rowcount
        if new:
            database.execute("INSERT INTO shipments VALUES (?)", [f"order {order}"])


with closing(sqlite3.connect(DATABASE)) as tables:
    tables.execute("CREATE TABLE IF NOT EXISTS done (message_id TEXT PRIMARY KEY)")
    tables.execute("CREATE TABLE IF NOT EXISTS shipments (shipment TEXT)")
