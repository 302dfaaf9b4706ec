"""A worker with Django, in one file: it verifies the signature of each request, and does each job once.

    pip install django standardwebhooks
    WEBHOOK_SECRET=whsec_... python examples/workers/django_worker.py runserver 8080 --noreload

WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. DATABASE names an SQLite file. In a project of several files, the
view is all that you need.
"""

import json
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

if not settings.configured:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("DATABASE", "jobs.sqlite3")}
    settings.configure(ALLOWED_HOSTS=["127.0.0.1"], DATABASES={"default": database}, ROOT_URLCONF=__name__)

webhook = Webhook(os.environ["WEBHOOK_SECRET"])


# the signature takes the place of the CSRF token, which a daemon cannot have
@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    try:
        webhook.verify(request.body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return HttpResponse(status=401)
    ship(request.headers["webhook-id"], json.loads(request.body)["order"])
    return HttpResponse(status=200)


def ship(message_id: str, order: int) -> None:
    """Do the job and note its message in one transaction: both happen, or neither does."""
    with transaction.atomic(), connection.cursor() as cursor:
        new = cursor.execute("INSERT OR IGNORE INTO done VALUES (%s)", [message_id]).rowcount
        if new:
            cursor.execute("INSERT INTO shipments VALUES (%s)", [f"order {order}"])


urlpatterns = [path("", receive)]

if __name__ == "__main__":
    application = get_wsgi_application()
    with connection.cursor() as tables:
        tables.execute("CREATE TABLE IF NOT EXISTS done (message_id TEXT PRIMARY KEY)")
        tables.execute("CREATE TABLE IF NOT EXISTS shipments (shipment TEXT)")
    execute_from_command_line(sys.argv)
