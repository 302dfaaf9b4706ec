// What the server tells: the rows of the messages, and the state of the tier.

const token = document.querySelector("meta[name=token]").content;
const listeners = { rows: [], state: [], link: [] };
export const rows = new Map();
export let state = null;

export const on = (event, listener) => listeners[event].push(listener);
const tell = (event, value) => listeners[event].forEach((listener) => listener(value));

export async function get(path) {
  return answerOf(await fetch(path, { headers: { "X-Sqsd-Token": token } }));
}

export async function post(path, fields) {
  const headers = { "X-Sqsd-Token": token, "Content-Type": "application/json" };
  return answerOf(await fetch(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(fields) }));
}

async function answerOf(response) {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}

export function connect() {
  const source = new EventSource(`/api/events?token=${encodeURIComponent(token)}`);
  source.addEventListener("open", () => tell("link", true));
  source.addEventListener("error", () => tell("link", false));
  source.addEventListener("messages", (event) => {
    const change = JSON.parse(event.data);
    if (change.reset) rows.clear();
    for (const id of change.forgotten) rows.delete(id);
    for (const row of change.rows) rows.set(row.id, row);
    tell("rows", change);
  });
  source.addEventListener("state", (event) => {
    state = JSON.parse(event.data);
    tell("state", state);
  });
}
