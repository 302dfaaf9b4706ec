// Which rows a filter keeps: words, states and attribute:value, all of which must match.

import { stateOf } from "./format.js";

const STATES = new Set(["waiting", "delayed", "running", "hidden", "deleted", "dead"]);

export function filterOf(text) {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  return terms.length ? (row, now) => terms.every((term) => matches(row, term, now)) : null;
}

function matches(row, term, now) {
  if (term === "failed") return row.ok === false;
  if (STATES.has(term)) return stateOf(row, now) === term;
  const colon = term.indexOf(":");
  if (colon > 0 && hasAttribute(row, term.slice(0, colon), term.slice(colon + 1))) return true;
  row.search ??= `${row.text} ${row.id} ${row.queue} ${row.answer} ${row.group ?? ""}`.toLowerCase();
  return row.search.includes(term);
}

function hasAttribute(row, name, value) {
  if (name === "queue") return row.queue.toLowerCase() === value;
  return Object.entries(row.attributes).some(
    ([each, text]) => each.toLowerCase() === name && text.toLowerCase().includes(value),
  );
}
