"""The page of ``sqsd dev`` in a real browser: what a person sees and does."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from sqsd_adapters.dev.switches import SWITCHES
from sqsd_adapters.dev.torture import TRIALS

pytestmark = pytest.mark.integration

WAIT = 15_000  # milliseconds
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


class Worker(BaseHTTPRequestHandler):
    """Fails what asks for it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        failed = b'"fail"' in body
        answer = b'{"error": "no teapots left"}' if failed else b"{}"
        self.send_response(500 if failed else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dev:
    """A running ``sqsd dev``."""

    page: str
    endpoint: str


@pytest.fixture(scope="module")
def worker() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Worker) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def dev(worker: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    state = tmp_path_factory.mktemp("state")
    env = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state), "MONITORING_PORT": "-1"}
    arguments = ["dev", f"--invoker-url=:{worker}", "--port=0"]
    with subprocess.Popen(
        [sys.executable, "-m", "sqsd_adapters.cli", *arguments], stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        head = ""
        while "Press Ctrl-C" not in head:
            line = process.stdout.readline()
            assert line, head
            head += line
        drain = Thread(target=process.stdout.read)
        drain.start()
        page, endpoint = re.search(r"page +(\S+)", head), re.search(r"AWS_ENDPOINT_URL_SQS=(\S+)", head)
        assert page is not None
        assert endpoint is not None
        yield Dev(page=page[1], endpoint=endpoint[1])
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        drain.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "the tests of the page need chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, dev: Dev) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(dev.page)
    page.wait_for_selector("#side .queue")
    page.set_default_timeout(WAIT)
    yield page
    context.close()
    assert not problems


def send(page: Page, body: str) -> None:
    page.fill("#body", body)
    page.click("#send button[type=submit]")
    page.wait_for_selector("#tab-Life")


def chosen(page: Page) -> Any:
    return page.locator(".row[aria-selected=true]")


def test_a_message_is_sent_and_seen_live_with_its_request_and_its_answer(page: Page) -> None:
    send(page, '{"order": 1}')
    expect(chosen(page)).to_contain_text("deleted", timeout=WAIT)
    expect(chosen(page)).to_contain_text("200")
    expect(page.locator("#pane")).to_contain_text("invoked POST / → 200")
    page.click("#tab-Request")
    expect(page.locator("#pane")).to_contain_text("X-Aws-Sqsd-Queue: jobs")
    page.click("#tab-Answer")
    expect(page.locator("#pane")).to_contain_text("HTTP 200")
    page.click("#tab-Body")
    expect(page.locator("#pane .key")).to_have_text('"order"')


def test_a_message_that_another_program_sends_appears_by_itself(page: Page, dev: Dev) -> None:
    client = boto3.client(
        "sqs", endpoint_url=dev.endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.send_message(
        QueueUrl=f"{dev.endpoint}/000000000000/jobs",
        MessageBody="from elsewhere",
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue"}},
    )
    client.close()
    page.fill("#filter", "colour:blue")
    expect(page.locator(".row")).to_have_count(1, timeout=WAIT)
    expect(page.locator(".row")).to_contain_text("from elsewhere")


def test_a_message_that_fails_is_edited_sent_again_and_succeeds(page: Page) -> None:
    send(page, '{"order": 2, "fail": true}')
    expect(chosen(page)).to_contain_text("back in", timeout=WAIT)
    expect(chosen(page)).to_contain_text("500")
    page.click("#tab-Answer")
    expect(page.locator("#pane")).to_contain_text("no teapots left")
    first = page.locator("#head h2").inner_text()
    page.click("#delete")
    expect(chosen(page)).to_contain_text("deleted")
    page.click("#edit")
    expect(page.locator("#body")).to_have_value('{"order": 2, "fail": true}')
    send(page, '{"order": 2}')
    expect(chosen(page)).to_contain_text("200", timeout=WAIT)
    expect(page.locator("#head h2")).not_to_have_text(first, timeout=WAIT)


def test_a_slow_answer_about_a_message_that_comes_back_is_waited_for(page: Page, dev: Dev) -> None:
    send(page, '{"order": 4, "fail": true}')
    expect(chosen(page)).to_contain_text("back in", timeout=WAIT)
    page.goto("about:blank")
    page.goto(dev.page)  # without the link of the message, which would open it
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        response = route.fetch()
        if len(asked) == 2:
            time.sleep(2.5)  # meanwhile the clock of the page ticks
        route.fulfill(response=response)

    page.route("**/api/messages/*", answer)
    row = page.locator(".row").first
    row.evaluate("row => { row.click(); document.getElementById(row.id).click(); }")
    expect(page.locator("#head h2")).to_be_visible(timeout=WAIT)
    assert len(asked) >= 2
    page.unroute_all(behavior="wait")  # the browser answers what is under way at unroute()
    page.click("#delete")
    expect(chosen(page)).to_contain_text("deleted")


def test_a_dead_letter_is_sent_back(page: Page) -> None:
    send(page, '{"order": 3, "fail": true}')
    expect(chosen(page)).to_contain_text("back in", timeout=WAIT)
    page.click("#bury")
    expect(chosen(page)).to_contain_text("dead")
    expect(page.locator("#side")).to_contain_text("1 dead letter")
    page.click("#redrive-jobs-dlq")
    expect(chosen(page)).to_contain_text("sent back")
    expect(page.locator("#toast")).to_contain_text("1 sent back")


def test_a_fault_shows_a_red_ribbon_and_stops_the_messages_until_it_is_off(page: Page) -> None:
    page.check("#switch-take-sqs-away")
    expect(page.locator("#ribbon")).to_contain_text("Faults are on: Take SQS away")
    expect(page.locator("#top")).to_contain_text("not receiving", timeout=WAIT)
    page.click("#ribbon button")
    expect(page.locator("#ribbon")).to_be_hidden()
    expect(page.locator("#top .pill")).to_contain_text("receiving")
    expect(page.locator("#top .reason")).to_have_count(0, timeout=WAIT)


def test_each_fault_switch_is_pressed_and_named_until_all_are_off(page: Page) -> None:
    switches = page.locator("#side .switch")
    labels = switches.locator("b").all_inner_texts()
    assert len(labels) == len(SWITCHES)
    for number, label in enumerate(labels):
        switches.nth(number).click()
        expect(page.locator("#ribbon")).to_contain_text(label)
    page.click("#ribbon button")
    expect(page.locator("#ribbon")).to_be_hidden()
    expect(page.locator("#side .switch input:checked")).to_have_count(0)
    expect(page.locator("#top .reason")).to_have_count(0, timeout=WAIT)


def test_deliver_twice_calls_the_worker_again_with_the_same_id(page: Page) -> None:
    page.check("#switch-deliver-twice")
    expect(page.locator("#ribbon")).to_contain_text("Deliver twice")
    send(page, '{"order": 6}')
    page.click("#tab-Answer")
    expect(page.locator("#call option")).to_have_count(2, timeout=WAIT)
    expect(chosen(page)).to_contain_text("deleted", timeout=WAIT)
    page.click("#ribbon button")
    expect(page.locator("#ribbon")).to_be_hidden()


def test_the_torture_names_the_faults_that_called_the_worker_again(page: Page) -> None:
    page.fill("#body", '{"order": 8}')
    page.click("#torture")
    expect(page.locator("#ribbon")).to_contain_text("Deliver twice", timeout=WAIT)
    expect(page.locator("#verdict")).to_contain_text("called more than once with the same id", timeout=4 * WAIT)
    rows = page.locator("#side .torture tbody tr")
    assert rows.count() == len(TRIALS)
    expect(rows.filter(has_text="Deliver twice")).to_contain_text("200, 200")
    assert all("deleted" in row for row in rows.all_inner_texts())
    expect(page.locator("#ribbon")).to_be_hidden()
    expect(page.locator("#torture")).to_be_enabled()


def test_pause_holds_messages_back_until_resume(page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#top")).to_contain_text("paused")
    send(page, '{"order": 4}')
    expect(chosen(page)).to_contain_text("waiting")
    page.get_by_role("button", name="Resume").click()
    expect(chosen(page)).to_contain_text("deleted", timeout=WAIT)


def test_what_a_message_contains_never_becomes_markup(page: Page) -> None:
    send(page, HOSTILE)
    expect(chosen(page)).to_contain_text("<img src=x")
    expect(chosen(page)).to_contain_text("deleted", timeout=WAIT)
    for tab in ("Body", "Request", "Answer", "Life"):
        page.click(f"#tab-{tab}")
    assert page.title() == "sqsd dev"
    assert page.locator("main img, main script").count() == 0


def test_json_is_checked_as_it_is_typed(page: Page) -> None:
    page.fill("#body", '{"order": ')
    expect(page.locator("#send .verdict")).to_contain_text("not JSON")
    page.fill("#body", '{"order": 1}')
    expect(page.locator("#send .verdict")).to_contain_text("valid JSON")


def test_the_list_and_the_tabs_are_used_with_the_keyboard(page: Page) -> None:
    send(page, '{"order": 5}')
    page.focus("#list")
    page.keyboard.press("Home")
    expect(chosen(page)).to_contain_text('"order": 5')
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).not_to_contain_text('"order": 5')
    page.focus("#tab-Life")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-Body")).to_have_attribute("aria-selected", "true")
    page.focus("#list")
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_is_cut_off_and_text_has_contrast(browser: Browser, dev: Dev, width: int, scheme: "Any") -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(dev.page)
    page.wait_for_selector("#side .queue")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    context.close()


def test_ten_thousand_messages_are_filtered_in_a_moment(page: Page) -> None:
    took = page.evaluate(MANY)
    assert page.locator(".row").count() < 60
    assert took < 500, f"{took} ms"


#: elements whose text has less than 4.5:1 against what is behind it
CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => (v /= 255) <= 0.04045 ? v / 12.92
      : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!colour.startsWith("rgba") || !colour.endsWith(", 0)")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
    && element.offsetParent && !element.disabled && !element.closest(".hidden, .skip")
  ).map((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    return [(one + 0.05) / (other + 0.05), element.tagName + "." + element.className + ": " + element.textContent];
  }).filter(([ratio]) => ratio < 4.5).map(([ratio, name]) => ratio.toFixed(2) + " " + name);
}"""

#: puts 10,000 rows into the page's store, filters them, and says how many milliseconds that took
MANY = """async () => {
  const { rows } = await import("/page/store.js");
  const model = [...rows.values()][0] ?? { queue: "jobs", state: "deleted", until: null, receives: 1, answer: "200",
    ok: true, group: null, attributes: {} };
  for (let n = 0; n < 10000; n += 1) {
    rows.set(`m${n}`, { ...model, search: undefined, id: `m${n}`, sent: Date.now() - n, text: `order ${n}` });
  }
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const filter = document.getElementById("filter");
  const began = performance.now();
  filter.value = "order 4242";
  filter.dispatchEvent(new Event("input"));
  await frame();
  const took = performance.now() - began;
  if (document.querySelectorAll(".row").length < 1) throw new Error("no row");
  filter.value = "";
  filter.dispatchEvent(new Event("input"));
  await frame();
  return took;
}"""
