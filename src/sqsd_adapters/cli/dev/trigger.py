"""``sqsd dev --trigger cron NAME``: asks the ``sqsd dev`` that runs already."""

import http.client
import json
from typing import Any

import typer

from sqsd_adapters.errors import ConfigurationError

HOST = "127.0.0.1"
TIMEOUT = 10.0  # seconds


def trigger_elsewhere(task: str, *, port: int, token: str) -> bool:
    """Have the task run, and print the id of its message; False where no ``sqsd dev`` answers on this port.

    Raises:
        ConfigurationError: it knows no such task, or belongs to another user.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
    headers = {"Content-Type": "application/json", "X-Sqsd-Token": token}
    try:
        connection.request("POST", "/api/trigger", json.dumps({"name": task}), headers)
        answer = connection.getresponse()
        fields: Any = json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return False
    except ValueError:
        raise ConfigurationError(f"the program on port {port} is not sqsd dev; use --port or --page-port") from None
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise ConfigurationError(str(fields.get("error", f"status {answer.status}")))
    typer.echo(fields["id"])
    return True
