// Words for instants, states and bodies.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const zoneName = zone || "local time";

export function clock(ms, fraction = true) {
  const at = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return fraction ? `${text}.${String(at.getMilliseconds()).padStart(3, "0")}` : text;
}

export function span(seconds) {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export const age = (ms, now = Date.now()) => span(Math.max(1, (now - ms) / 1000));

// A message that was hidden or delayed waits from the moment that this ends.
export function stateOf(row, now = Date.now()) {
  return (row.state === "hidden" || row.state === "delayed") && row.until <= now ? "waiting" : row.state;
}

const SIGNS = { waiting: "◷", delayed: "◷", running: "", hidden: "↻", deleted: "✓", dead: "✖", "sent back": "↩" };
export function words(row, now = Date.now()) {
  const state = stateOf(row, now);
  const left = state === "hidden" || state === "delayed" ? ` ${Math.ceil((row.until - now) / 1000)} s` : "";
  return `${SIGNS[state] ?? ""} ${state === "hidden" ? "back in" : state}${left}`.trim();
}

export const pillClass = (state) => `pill ${state === "hidden" ? "hidden-state" : state.replace(" ", "-")}`;

export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

// JSON as pieces with a kind each, for colours beside the text.
export function pieces(json) {
  const found = [];
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;
  let end = 0;
  for (const match of json.matchAll(token)) {
    if (match.index > end) found.push(["", json.slice(end, match.index)]);
    if (match[1]) found.push([match[2] ? "key" : "string", match[1]], ["", match[2] ?? ""]);
    else found.push(["number", match[0]]);
    end = match.index + match[0].length;
  }
  found.push(["", json.slice(end)]);
  return found.filter(([, text]) => text);
}
