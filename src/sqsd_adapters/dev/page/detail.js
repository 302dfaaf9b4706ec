// One message: its life, its body, each request as the worker got it, and each answer.

import { byId, copyButton, el, toast } from "./dom.js";
import { clock, pieces, pillClass, pretty, span, stateOf, words, zoneName } from "./format.js";
import { fill } from "./send.js";
import { get, on, post } from "./store.js";

const TABS = ["Life", "Body", "Request", "Answer"];
let chosen = null;
let message = null;
let tab = "Life";
let call = -1;
let raw = false;
let asking = false;
let again = false;

export function startDetail() {
  drawNothing();
  on("rows", ({ rows, reset }) => {
    if (chosen && (reset || rows.some(({ id }) => id === chosen))) ask();
  });
  setInterval(() => { if (message?.until) drawHead(); }, 1000);
}

export function open(id) {
  if (chosen !== id) [message, call] = [null, -1];
  chosen = id;
  ask();
}

// One question at a time; what changes meanwhile is asked for once more.
async function ask() {
  again = true;
  if (asking) return;
  asking = true;
  try {
    let found = null;
    while (again) {
      again = false;
      found = await get(`/api/messages/${encodeURIComponent(chosen)}`);
    }
    message = found;  // and drawn in the same turn: the clock redraws the head of what is set
    draw();
  } catch (error) {
    message = null;
    drawNothing(error.message);
  } finally {
    asking = false;
  }
}

function drawNothing(text = "Choose a message to see its life, the request that the worker got, and its answer.") {
  byId("detail").replaceChildren(el("div", { class: "card quiet" }, text));
}

function draw() {
  const focus = byId("detail").contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = byId("pane")?.scrollTop ?? 0;
  byId("detail").replaceChildren(el("div", { class: "card" }, el("div", { id: "head" }), tabs(), pane()));
  drawHead();
  byId("pane").scrollTop = scrolled;
  if (focus) byId(focus)?.focus();
}

function drawHead() {
  const gone = ["deleted", "sent back"].includes(message.state);
  const dead = message.state === "dead";
  const focus = byId("head").contains(document.activeElement) ? document.activeElement.id : "";
  byId("head").replaceChildren(
    el("div", { class: "bar head" }, el("h2", { class: "grow mono" }, message.id),
      el("span", { class: pillClass(stateOf(message)) }, words(message))),
    el("p", { class: "quiet" }, [message.queue, `sent ${clock(message.sent, false)}`, `${message.body.length} characters`,
      message.group ? `group ${message.group}` : "no group"].join(" · ")),
    el("div", { class: "bar" },
      el("button", { type: "button", id: "edit", class: "primary", onclick: edit }, "Edit & send again"),
      el("button", { type: "button", id: "run", disabled: gone || message.state === "running", onclick: act("run") },
        dead ? "Send back" : "Run now"),
      el("button", { type: "button", id: "bury", disabled: gone || dead, onclick: act("bury") }, "To dead letters"),
      el("button", { type: "button", id: "delete", class: "danger", disabled: gone, onclick: act("delete") }, "Delete")));
  if (focus) byId(focus)?.focus();
}

const act = (path) => async () => {
  await post(path, { id: message.id }).catch((error) => toast(error.message));
};

function edit() {
  const dlq = message.state === "dead";
  fill({ ...message, queue: dlq ? message.queue.replace("-dlq", "") : message.queue });
}

function tabs() {
  return el("div", { class: "tabs", role: "tablist", onkeydown: turn }, ...TABS.map((name) => el("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === tab), "aria-controls": "pane",
    tabindex: name === tab ? "0" : "-1", onclick: () => { tab = name; draw(); },
  }, name)));
}

function turn(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  tab = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length];
  draw();
  byId(`tab-${tab}`).focus();
}

function pane() {
  const content = { Life: life, Body: body, Request: request, Answer: answer }[tab];
  return el("div", { class: "pane", id: "pane", role: "tabpanel", tabindex: "0", "aria-labelledby": `tab-${tab}` }, ...content());
}

function life() {
  return [el("ol", { class: "steps" }, ...message.steps.map((step) => el("li", {},
    el("time", { datetime: new Date(step.at).toISOString() }, clock(step.at)),
    el("div", {}, el("b", {}, step.what), " ",
      el("span", { class: "more" }, step.call ? calledAs(step.call) : step.detail),
      step.call?.answer && el("span", { class: `answer ${step.call.ok ? "good" : "bad"}` }, ` → ${step.call.answer}`),
      step.call?.duration != null && el("span", { class: "more" }, ` in ${span(step.call.duration)}`))))),
  el("p", { class: "quiet" }, `Times are in ${zoneName}.`)];
}

const calledAs = ({ target }) => (target ? target.replace(/ HTTP.*/, "") : "the Python callable");

function body() {
  const json = raw ? null : pretty(message.body);
  const button = el("button", { type: "button", id: "raw", "aria-pressed": String(raw), onclick: () => { raw = !raw; draw(); } }, "Raw");
  return [el("div", { class: "bar" }, button, copyButton(message.body)),
    textOf(message.body, json),
    el("h3", {}, "Attributes"),
    message.attributes.length
      ? el("pre", {}, message.attributes.map(({ name, type, value }) => `${name} (${type}): ${value}`).join("\n"))
      : el("p", { class: "quiet" }, "none")];
}

function textOf(text, json) {
  if (json === null || json.length > 200_000) return el("pre", {}, json ?? text);
  return el("pre", {}, ...pieces(json).map(([kind, piece]) => (kind ? el("span", { class: kind }, piece) : piece)));
}

// The call that the tabs Request and Answer show, with a choice where there are several.
function chosenCall() {
  const calls = message.calls;
  const index = call < 0 || call >= calls.length ? calls.length - 1 : call;
  const choice = el("select", { "aria-label": "Call", id: "call", onchange: (event) => { call = Number(event.target.value); draw(); } },
    ...calls.map((each, number) => el("option", { value: String(number) },
      `receive ${each.number}, ${clock(each.at, false)}${each.outcome ? `: ${each.status ?? (each.reason || each.outcome)}` : ""}`)));
  choice.value = String(index);
  return [calls[index], calls.length > 1 && choice];
}

function request() {
  const [each, choice] = chosenCall();
  if (!each) return [el("p", { class: "quiet" }, "The worker has not got it yet.")];
  if (!each.line) return [choice, el("p", {}, "The worker is a Python callable: it gets the message itself.")].filter(Boolean);
  return [choice, el("pre", {}, [each.line, ...each.headers, "", each.body].join("\n"))].filter(Boolean);
}

function answer() {
  const [each, choice] = chosenCall();
  if (!each) return [el("p", { class: "quiet" }, "The worker has not got it yet.")];
  if (!each.outcome) return [choice, el("p", { class: "quiet" }, "The worker still has it.")].filter(Boolean);
  const said = each.status === null ? each.traceback || each.reason
    : [`HTTP ${each.status}`, ...each.answer_headers, "", pretty(each.answer_body) ?? each.answer_body].join("\n");
  return [choice, el("p", {}, el("b", {}, each.outcome), ` in ${span(each.duration)}`), said && el("pre", {}, said)].filter(Boolean);
}
