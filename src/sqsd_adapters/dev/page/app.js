// Puts the page together: a message has a link of its own, #/m/ID.

import { byId, copyButton, el } from "./dom.js";
import { open, startDetail } from "./detail.js";
import { select, startList } from "./list.js";
import { startSend } from "./send.js";
import { startSide } from "./side.js";
import { connect, on, state } from "./store.js";
import { startTop } from "./top.js";

const LINK = "#/m/";

function follow() {
  if (!location.hash.startsWith(LINK)) return;
  const id = decodeURIComponent(location.hash.slice(LINK.length));
  open(id);
  select(id, { reveal: true });
}

const choose = (id) => {
  history.replaceState(null, "", LINK + encodeURIComponent(id));
  follow();
};

function invite() {
  const lines = `${state.about.export}\naws sqs send-message --endpoint-url "$AWS_ENDPOINT_URL_SQS" --queue-url "$QUEUE_URL" \\\n    --message-body '{"order": 7}'`;
  byId("empty").replaceChildren(
    el("h3", {}, "No message yet"),
    el("p", {}, "Press Send above, or send one from a shell:"),
    el("pre", { tabindex: "0" }, lines), copyButton(lines));
}

startTop();
startSide();
startSend(choose);
startList(choose);
startDetail();
window.addEventListener("hashchange", follow);
let invited = false;
on("state", () => { if (!invited) { invited = true; invite(); } });
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); byId("filter").focus(); }
});
let followed = false;
on("rows", () => { if (!followed) { followed = true; follow(); } });
connect();
