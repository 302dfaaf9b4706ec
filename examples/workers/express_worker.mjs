// A worker with Express: it verifies the signature of each request, and does each job once.
//
//     npm install express standardwebhooks
//     WEBHOOK_SECRET=whsec_... node express_worker.mjs
//
// WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. SHIPMENTS names a folder that exists.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import express from "express";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const folder = process.env.SHIPMENTS ?? ".";
const app = express();

// the signature covers the bytes of the body, so nothing may parse it before
app.post("/", express.raw({ type: () => true, limit: "2mb" }), (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body.toString() : "";
  try {
    webhook.verify(body, request.headers, { jsonParse: false });
  } catch (error) {
    if (error instanceof WebhookVerificationError) return response.sendStatus(401);
    throw error;
  }
  ship(request.headers["webhook-id"], JSON.parse(body).order);
  return response.sendStatus(200);
});

// Here the job is to write a file, and its name tells that it is done. With a database, do the job and
// insert the id of the message in one transaction.
function ship(messageId, order) {
  try {
    writeFileSync(join(folder, encodeURIComponent(messageId)), `order ${order}\n`, { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

const server = app.listen(process.env.PORT ?? 8080, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
