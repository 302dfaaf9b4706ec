// The side: queues with their depth, periodic tasks, fault switches and the torture.

import { byId, el, toast } from "./dom.js";
import { on, post, state } from "./store.js";
import { written } from "./send.js";

const queues = el("div", { class: "card" });
const tasks = el("div", { class: "card", hidden: true });
const switches = el("fieldset", { class: "card" });
const torture = el("div", { class: "card torture" });
let drawn = {};

export function startSide() {
  byId("side").append(queues, tasks, switches, torture);
  on("state", () => {
    redraw("queues", state.queues, queues, drawQueues);
    redraw("tasks", state.tasks, tasks, drawTasks);
    redraw("switches", state.switches, switches, drawSwitches);
    redraw("torture", state.torture, torture, drawTorture);
  });
}

// An element that did not change stays, and keeps the focus.
function redraw(name, value, holder, draw) {
  const text = JSON.stringify(value);
  if (drawn[name] === text) return;
  drawn[name] = text;
  const focus = holder.contains(document.activeElement) ? document.activeElement.id : "";
  holder.replaceChildren(...draw(value));
  if (focus) byId(focus)?.focus();
}

const act = (path, fields, said) => async () => {
  try {
    const answer = await post(path, fields);
    if (said) toast(said(answer));
  } catch (error) {
    toast(error.message);
  }
};

function drawQueues(all) {
  return [el("h2", {}, "Queues"), ...all.map(queueOf)];
}

function queueOf(queue) {
  const parts = [["visible", queue.visible], ["flight", queue.in_flight], ["delay", queue.delayed]];
  const bar = el("div", { class: "depth", "aria-hidden": "true" }, ...parts.map(([name, count]) => {
    const part = el("span", { class: name });
    part.style.flexGrow = String(count);
    return part;
  }));
  const total = queue.visible + queue.in_flight + queue.delayed;
  const text = queue.dead_letters ? `${queue.visible} dead letter${queue.visible === 1 ? "" : "s"}`
    : `${queue.visible} waiting, ${queue.in_flight} in flight, ${queue.delayed} delayed`;
  const redrive = el("button", {
    type: "button", id: `redrive-${queue.name}`, disabled: !queue.visible,
    onclick: act("redrive", { queue: queue.name }, ({ moved }) => `${moved} sent back`),
  }, "Redrive");
  const purge = el("button", {
    type: "button", id: `purge-${queue.name}`, class: "danger", disabled: !total, "aria-label": `Empty ${queue.name}`,
    onclick: act("purge", { queue: queue.name }),
  }, "Empty");
  return el("div", { class: `queue ${queue.dead_letters ? "dlq" : ""}` },
    el("div", { class: "bar" }, el("span", { class: "name grow" }, queue.name),
      queue.dead_letters && redrive, purge),
    bar, el("div", { class: "quiet" }, text));
}

function drawTasks(names) {
  tasks.hidden = !names.length;
  return [el("h2", {}, "Periodic tasks"), ...names.map((name) => el("div", { class: "bar queue" },
    el("span", { class: "grow" }, name),
    el("button", { type: "button", onclick: act("trigger", { name }) }, "Run now")))];
}

function drawSwitches(all) {
  return [el("legend", { class: "hidden" }, "Fault switches"), el("h2", {}, "Break it"),
    ...all.map((each) => el("label", { class: "switch" },
      el("input", {
        type: "checkbox", id: `switch-${each.name}`, checked: each.on,
        onchange: (event) => act("switch", { name: each.name, on: event.target.checked })(),
      }),
      el("span", {}, el("b", {}, each.label), el("small", {}, each.effect))))];
}

function drawTorture({ running, trials = [], verdict = "" }) {
  const button = el("button", { type: "button", id: "torture", class: "primary", disabled: running, onclick: begin },
    running ? "Running…" : "Torture");
  return [el("div", { class: "bar" }, el("h2", { class: "grow" }, "Is your worker idempotent?"), button),
    el("p", { class: "quiet" }, "Runs the message of the Send box through every fault, one after the other. Takes half a minute."),
    el("p", { role: "status", id: "verdict" }, verdict),
    trials.length > 0 && el("table", {},
      el("thead", {}, el("tr", {}, ...["Fault", "Calls", "Answers", "End"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...trials.map((trial) => el("tr", {},
        el("td", {}, trial.label), el("td", {}, trial.calls.join(" / ")),
        el("td", {}, trial.answers.join(" / ")), el("td", {}, trial.done ? [...new Set(trial.ends)].join(", ") : "…")))))]
    .filter(Boolean);
}

async function begin() {
  const message = written();
  if (message) await act("torture", { ...message, delay: null })();
}
