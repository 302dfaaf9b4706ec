// The box that sends messages: the body is checked as it is typed, and may be any text.

import { byId, el, toast } from "./dom.js";
import { on, post, state } from "./store.js";

const FIRST = '{\n  "order": 7,\n  "item": "teapot"\n}';
const body = el("textarea", { id: "body", "aria-label": "Body", spellcheck: "false", oninput: judge });
const verdict = el("span", { class: "verdict", role: "status" });
const queue = el("select", { id: "queue" });
const group = el("input", { id: "group", autocomplete: "off" });
const delay = el("input", { id: "delay", type: "number", min: "0", max: "900", placeholder: "0" });
const attributes = el("div", { id: "attributes" });

export function startSend(onSent) {
  const form = byId("send");
  form.append(
    el("div", { class: "bar" }, el("h2", { class: "grow" }, "Send"), verdict,
      el("button", { type: "submit", class: "primary", title: "Ctrl+Enter" }, "Send")),
    body,
    el("div", { class: "fields" }, field("Queue", queue), field("Group", group), field("Delay, s", delay)),
    attributes,
    el("button", { type: "button", onclick: () => addAttribute().querySelector("input").focus() }, "Add an attribute"));
  body.value = FIRST;
  judge();
  form.addEventListener("submit", (event) => { event.preventDefault(); send(onSent); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(onSent); }
  });
  on("state", fillQueues);
}

// Puts a message into the box, to be edited and sent again.
export function fill(message) {
  body.value = message.body;
  queue.value = message.queue;
  group.value = message.group ?? "";
  delay.value = "";
  attributes.replaceChildren();
  for (const each of message.attributes) addAttribute(each);
  judge();
  byId("send").scrollIntoView({ block: "nearest" });
  body.focus();
}

export function written() {
  if (!body.value) {
    toast("The body is empty; SQS takes no empty message.");
    return null;
  }
  return {
    queue: queue.value, body: body.value, group: group.value.trim() || null,
    delay: delay.value ? Number(delay.value) : null,
    attributes: [...attributes.children].map(readAttribute).filter(({ name }) => name),
  };
}

async function send(onSent) {
  const message = written();
  if (!message) return;
  try {
    onSent((await post("send", message)).id);
  } catch (error) {
    toast(error.message);
  }
}

function judge() {
  const [kind, text] = opinion(body.value);
  verdict.className = `verdict ${kind}`;
  verdict.textContent = text;
}

function opinion(text) {
  if (!text) return ["no", "empty"];
  try {
    JSON.parse(text);
    return ["ok", "✓ valid JSON"];
  } catch (error) {
    return ["no", `▲ not JSON, sent as text: ${error.message}`.slice(0, 120)];
  }
}

function field(label, input) {
  return el("label", { class: "field" }, el("span", {}, label), input);
}

function addAttribute({ name = "", type = "String", value = "" } = {}) {
  const types = ["String", "Number", "Binary"];
  const kind = el("select", { "aria-label": "Type" },
    ...(types.includes(type) ? types : [...types, type]).map((each) => el("option", { value: each }, each)));
  kind.value = type;
  const line = el("div", { class: "attribute" },
    el("input", { "aria-label": "Name of the attribute", placeholder: "name", value }), kind,
    el("input", { "aria-label": "Value of the attribute", placeholder: "value" }),
    el("button", { type: "button", onclick: () => line.remove() }, "Remove"));
  const [first, last] = line.querySelectorAll("input");
  first.value = name;
  last.value = value;
  attributes.append(line);
  return line;
}

function readAttribute(line) {
  const [name, value] = line.querySelectorAll("input");
  return { name: name.value.trim(), type: line.querySelector("select").value, value: value.value };
}

function fillQueues() {
  const names = state.queues.map(({ name }) => name);
  if (names.join() === [...queue.options].map(({ value }) => value).join()) return;
  const before = queue.value;
  queue.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  queue.value = names.includes(before) ? before : names[0];
}
