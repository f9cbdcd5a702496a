import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { getTrigger, type TriggerEvent } from "./trigger-event.ts";

const FIXTURES = new URL("../../../../packages/core/src/cloud-event/fixtures/", import.meta.url);

/** An event with records. */
export interface Batch {
  Records: Record<string, unknown>[];
}

/** Reads a captured event by its path below the fixtures folder. */
export function readEvent<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8"));
}

/** What an app saw of one event. */
export interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
  trigger: TriggerEvent | undefined;
}

/** Reads a request to its end. */
export async function see(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString(), trigger: getTrigger(request) };
}

/** An app and what it saw. */
export interface Recorder {
  readonly seen: Seen[];
  app(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** An app that notes what it sees and answers what it is told to. */
export function recorder(statusOf: (seen: Seen) => number = () => 204): Recorder {
  const seen: Seen[] = [];
  return {
    seen,
    app: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const one = await see(request);
      seen.push(one);
      response.writeHead(statusOf(one)).end();
    },
  };
}

/** An event of a standard queue with these messages, `m0` and so on. */
export function sqs(...bodies: string[]): Batch {
  const [record] = readEvent<Batch>("aws/sqs-standard.json").Records;
  return { Records: bodies.map((body, i) => ({ ...record, messageId: `m${i}`, body })) };
}

/** An event of a FIFO queue with these messages, `m0` and so on. */
export function fifo(...messages: [body: string, group: string][]): Batch {
  const [record] = readEvent<Batch>("aws/sqs-fifo.json").Records;
  return {
    Records: messages.map(([body, MessageGroupId], i) => ({
      ...record,
      messageId: `m${i}`,
      body,
      attributes: { MessageGroupId, SequenceNumber: String(i) },
    })),
  };
}

/** Fails events whose data begins with `bad`. */
export const failing: (seen: Seen) => number = (seen) => (seen.body.startsWith("bad") ? 500 : 200);

/** An app that never answers. */
export function idle(_request: IncomingMessage, _response: ServerResponse): void {}
