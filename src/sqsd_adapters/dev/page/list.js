// The list of messages: only the rows in view are elements, so 10,000 messages scroll and filter at once.

import { byId, el } from "./dom.js";
import { filterOf } from "./filter.js";
import { age, pillClass, stateOf, words } from "./format.js";
import { on, rows } from "./store.js";

const HEIGHT = 54;
const SPARE = 6;
let shown = [];
let chosen = null;
let choose = () => {};
let planned = false;

export function startList(onChoose) {
  choose = onChoose;
  const list = byId("list");
  byId("filter").addEventListener("input", () => { list.scrollTop = 0; plan(); });
  list.addEventListener("scroll", draw);
  list.addEventListener("keydown", moveBy);
  window.addEventListener("resize", draw);
  on("rows", plan);
  setInterval(plan, 1000);
}

export function select(id, { reveal = false } = {}) {
  chosen = id;
  const place = shown.findIndex((row) => row.id === id);
  if (reveal && place >= 0) show(place);
  draw();
}

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => { planned = false; sift(); draw(); });
}

function sift() {
  const now = Date.now();
  const keeps = filterOf(byId("filter").value);
  const all = [...rows.values()];
  shown = (keeps ? all.filter((row) => keeps(row, now)) : all).sort((one, other) => other.sent - one.sent);
  const count = all.length === 1 ? "1 message" : `${all.length.toLocaleString("en")} messages`;
  byId("count").textContent = keeps ? `${shown.length.toLocaleString("en")} of ${count}` : count;
  byId("empty").hidden = all.length > 0;
  byId("list").hidden = all.length === 0;
}

function draw() {
  const list = byId("list");
  const holder = byId("rows");
  holder.style.height = `${shown.length * HEIGHT}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + SPARE);
  const now = Date.now();
  holder.replaceChildren(...shown.slice(first, last).map((row, index) => rowOf(row, first + index, now)));
  list.setAttribute("aria-activedescendant", holder.querySelector("[aria-selected=true]")?.id ?? "");
}

function rowOf(row, place, now) {
  const answer = row.answer && el("span", { class: `answer ${row.ok ? "good" : "bad"}` }, row.answer);
  const receives = row.receives ? `receive ${row.receives}` : "not received";
  const attributes = Object.entries(row.attributes).map(([name, value]) => `${name}:${value}`);
  const under = [row.queue, `${age(row.sent, now)} ago`, receives, row.id.slice(0, 8), ...attributes].join(" · ");
  const element = el(
    "div",
    {
      class: "row", role: "option", id: `row-${row.id}`, "aria-selected": String(row.id === chosen),
      "aria-setsize": String(shown.length), "aria-posinset": String(place + 1), onclick: () => choose(row.id),
    },
    el("span", { class: pillClass(stateOf(row, now)) }, words(row, now)),
    el("span", { class: "text mono" }, row.text.replace(/\s+/g, " ").slice(0, 80)),
    answer || el("span"),
    el("span", { class: "under" }, under),
  );
  element.style.top = `${place * HEIGHT}px`;
  return element;
}

function moveBy(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined || !shown.length) return;
  event.preventDefault();
  const before = shown.findIndex((row) => row.id === chosen);
  const place = Math.min(shown.length - 1, Math.max(0, before < 0 && step > 0 ? 0 : before + step));
  show(place);
  choose(shown[place].id);
}

function show(place) {
  const list = byId("list");
  const top = place * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
}
