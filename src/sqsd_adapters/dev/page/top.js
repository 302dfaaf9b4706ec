// The head of the page: whether it is well, why not, what to connect and how to verify; and the ribbon of faults.

import { byId, copyButton, el, toast } from "./dom.js";
import { on, post, state } from "./store.js";

const THEMES = { "": "System colours", light: "Light", dark: "Dark" };
const word = el("span", { class: "pill" });
const figures = el("dl", { class: "figures grow" });
const reasons = el("div", { "aria-live": "polite" });
const pause = el("button", { type: "button", onclick: togglePause }, "Pause");
const panel = el("div", { class: "panel", hidden: true });
let opened = "";
let linked = true;

export function startTop() {
  const theme = el("select", { "aria-label": "Colours", onchange: () => paint(theme.value) });
  theme.append(...Object.entries(THEMES).map(([value, label]) => el("option", { value }, label)));
  theme.value = localStorage.getItem("theme") ?? "";
  theme.style.width = "auto";
  paint(theme.value);
  const buttons = ["Connect", "Verify"].map((name) =>
    el("button", { type: "button", "aria-expanded": "false", id: `open-${name}`, onclick: () => toggle(name) }, name));
  byId("top").append(
    el("div", { class: "bar" },
      el("h1", { class: "brand" }, el("img", { src: "/page/icon.svg", alt: "" }), "sqsd dev"),
      word, figures, pause, ...buttons, theme),
    reasons, panel);
  on("state", draw);
  on("link", (up) => { linked = up; if (state) draw(); });
}

function draw() {
  const { status, switches, other_faults: others } = state;
  const well = linked && status.well;
  word.className = `pill ${well ? "good" : "warn"}`;
  word.textContent = linked ? `${well ? "●" : "▲"} ${status.word}` : "✖ sqsd dev has stopped";
  figures.replaceChildren(...status.figures.map(({ name, value }) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  const sentences = linked ? status.reasons.map(({ sentence }) => sentence)
    : ["sqsd dev does not answer. The page goes on when it runs again."];
  if (sentences.join() !== [...reasons.children].map((each) => each.textContent).join()) {
    reasons.replaceChildren(...sentences.map((text) => el("p", { class: "reason" }, text)));
  }
  pause.hidden = status.paused === undefined;
  pause.textContent = status.paused ? "Resume" : "Pause";
  drawRibbon(switches.filter((each) => each.on).map((each) => each.label), others.map((each) => each.kind));
}

function drawRibbon(labels, kinds) {
  const names = [...labels, ...kinds];
  const ribbon = byId("ribbon");
  ribbon.hidden = !names.length;
  if (ribbon.dataset.names === names.join()) return;
  ribbon.dataset.names = names.join();
  ribbon.replaceChildren(`Faults are on: ${names.join(", ")}.`,
    el("button", { type: "button", onclick: () => post("clear-faults", {}) }, "Turn all off"));
}

async function togglePause() {
  await post("pause", { on: !state.status.paused }).catch((error) => toast(error.message));
}

function toggle(name) {
  opened = opened === name ? "" : name;
  for (const each of ["Connect", "Verify"]) byId(`open-${each}`).setAttribute("aria-expanded", String(opened === each));
  panel.hidden = !opened;
  if (opened) panel.replaceChildren(...(opened === "Connect" ? connecting() : verifying()));
}

function connecting() {
  const { export: text, worker } = state.about;
  return [
    el("h2", {}, "Connect"),
    el("p", {}, "Any AWS SDK, the AWS CLI and sqsd itself use this queue in a shell that has these variables. Any credentials do. AWS CLI 1, and 2 before 2.13, need --endpoint-url \"$AWS_ENDPOINT_URL_SQS\" as well."),
    el("pre", { tabindex: "0" }, text), copyButton(text),
    el("p", { class: "quiet" }, `The worker is ${worker}`),
  ];
}

function verifying() {
  const { secret } = state.about;
  if (!secret) return [el("h2", {}, "Verify"), el("p", {}, "Requests are not signed with a secret of sqsd dev.")];
  return [
    el("h2", {}, "Verify"),
    el("p", {}, "Each request is signed (Standard Webhooks). The secret stays the same from one start to the next."),
    el("pre", { tabindex: "0" }, secret), copyButton(secret),
  ];
}

function paint(theme) {
  localStorage.setItem("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
