"""A worker with FastAPI: it verifies the signature of each request, and does each job once.

    pip install fastapi uvicorn standardwebhooks
    WEBHOOK_SECRET=whsec_... uvicorn examples.workers.fastapi_worker:app --port 8080

WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. DATABASE names an SQLite file.
"""

import json
import os
import sqlite3

from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
database = sqlite3.connect(os.environ.get("DATABASE", "jobs.sqlite3"))
database.execute("CREATE TABLE IF NOT EXISTS done (message_id TEXT PRIMARY KEY)")
database.execute("CREATE TABLE IF NOT EXISTS shipments (shipment TEXT)")
app = FastAPI()


@app.post("/")
async def receive(request: Request) -> Response:
    body = await request.body()
    try:
        webhook.verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return Response(status_code=401)
    ship(request.headers["webhook-id"], json.loads(body)["order"])
    return Response(status_code=200)


def ship(message_id: str, order: int) -> None:
    """Do the job and note its message in one transaction: both happen, or neither does."""
    with database:
        new = database.execute("INSERT OR IGNORE INTO done VALUES (?)", [message_id]).rowcount
        if new:
            database.execute("INSERT INTO shipments VALUES (?)", [f"order {order}"])
