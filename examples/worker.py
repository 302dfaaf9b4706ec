"""A sample worker, standard library only: takes messages by POST; the kind of a message decides the answer.

    python examples/worker.py --port 8080

Set INVOKER_URL=http://127.0.0.1:8080/ for the daemon. The body of a message is JSON: ``{"kind": "ok"}``,
``{"kind": "slow", "seconds": 2}``, or one of the other kinds below. The worker prints one line of JSON per
request.
"""

import argparse
import contextlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str]]

OK: Answer = (200, {})
FAILED: Answer = (500, {})
LATER: Answer = (429, {"Retry-After": "2"})


def run(job: dict[str, object], receive_count: int) -> Answer:
    """Do the job and return the answer; after any status but 2xx the message comes back later."""
    match job:
        case {"kind": "ok"}:
            return OK
        case {"kind": "slow", "seconds": int() | float() as seconds}:
            time.sleep(seconds)
            return OK
        case {"kind": "flaky"}:
            return OK if receive_count > 1 else FAILED
        case {"kind": "limited"}:
            return OK if receive_count > 1 else LATER
        case _:
            return FAILED


class Worker(BaseHTTPRequestHandler):
    """The worker's side of the protocol: reads the body, answers with a status."""

    protocol_version = "HTTP/1.1"
    #: seconds after which an idle connection is closed
    timeout = 60

    def do_GET(self) -> None:
        """Answer INVOKER_HEALTHCHECK_URL."""
        self._reply(OK)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receive_count = int(self.headers.get("X-Aws-Sqsd-Receive-Count", "1"))
        message_id = self.headers.get("X-Aws-Sqsd-Msgid", "?")
        answer = run(parse(body), receive_count)
        tell({"message_id": message_id, "receive_count": receive_count, "status": answer[0]})
        self._reply(answer)

    def _reply(self, answer: Answer) -> None:
        status, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing to standard error; ``tell`` prints each request."""


def parse(body: bytes) -> dict[str, object]:
    try:
        job = json.loads(body)
    except ValueError:
        return {}
    return job if isinstance(job, dict) else {}


def tell(event: dict[str, object]) -> None:
    print(json.dumps(event), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A sample worker for sqsd.")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free port")
    with ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Worker) as server:
        tell({"url": f"http://127.0.0.1:{server.server_port}/"})
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
