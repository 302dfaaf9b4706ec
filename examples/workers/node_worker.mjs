// A worker in plain Node, without a package: it verifies the signature of each request, and does each job once.
//
//     WEBHOOK_SECRET=whsec_... node node_worker.mjs
//
// WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. SHIPMENTS names a folder that exists.

import { createHmac, timingSafeEqual } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const TOLERANCE = 300; // seconds by which the clocks may differ
const folder = process.env.SHIPMENTS ?? ".";
const key = Buffer.from(process.env.WEBHOOK_SECRET.slice("whsec_".length), "base64");

const server = createServer(async (request, response) => {
  try {
    response.statusCode = receive(request.headers, await bodyOf(request));
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
  }
  response.end();
});

// Node closes an idle connection after 5 seconds; longer than the daemon keeps one is better
server.keepAliveTimeout = 60_000;

async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function receive(headers, body) {
  if (!isSigned(headers, body)) return 401;
  ship(headers["webhook-id"], JSON.parse(body).order);
  return 200;
}

function isSigned(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return signature.startsWith("v1,") && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

// Here the job is to write a file, and its name tells that it is done. With a database, do the job and
// insert the id of the message in one transaction.
function ship(messageId, order) {
  try {
    writeFileSync(join(folder, encodeURIComponent(messageId)), `order ${order}\n`, { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

server.listen(process.env.PORT ?? 8080, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
