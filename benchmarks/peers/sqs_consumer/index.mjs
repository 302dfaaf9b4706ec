// sqs-consumer as its README has it, tuned: seven consumers of batches of ten, deletes in batches, undici's pool.
import { SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { Pool } from "undici";

const consumers = Math.ceil(Number(process.env.INVOKER_PARALLEL_COUNT) / 10);
const worker = new URL(process.env.INVOKER_URL);
const pool = new Pool(worker.origin, { connections: consumers * 10 });
const sqs = new SQSClient({ endpoint: process.env.SQS_ENDPOINT_URL, region: process.env.AWS_REGION });

async function invoke(message) {
  const answer = await pool.request({
    method: "POST",
    path: worker.pathname,
    headers: { "content-type": "application/json", "x-aws-sqsd-msgid": message.MessageId },
    body: message.Body,
  });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
}

const running = Array.from({ length: consumers }, () =>
  Consumer.create({
    queueUrl: process.env.QUEUE_URL,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 20,
    handleMessageBatch: async (messages) => {
      await Promise.all(messages.map(invoke));
      return messages;
    },
  }),
);
for (const consumer of running) {
  for (const event of ["error", "processing_error"]) consumer.on(event, (error) => console.error(event, error.message));
  consumer.start();
}
process.on("SIGTERM", () => process.exit(0));
