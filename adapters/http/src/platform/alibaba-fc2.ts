import { frameBody, readFc2Request } from "@tidegate/core";
import { contextRequestId, deadlineMs } from "../context.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { serve } from "../exchange/serve.ts";
import type { Listener } from "../listener.ts";
import { type Fc2Response, Fc2Sink } from "../sink/fc2-sink.ts";

type Fc2Request = Record<string, unknown> & { body?: unknown } & Partial<AsyncIterable<Uint8Array>>;

/** Tells whether a second argument is the `resp` of a Function Compute 2.0 HTTP function. */
export function isFc2Response(value: unknown): value is Fc2Response {
  const candidate = value as Partial<Fc2Response> | null | undefined;
  return typeof candidate?.setStatusCode === "function" && typeof candidate.send === "function";
}

/** The body is a stream; newer runtimes have read it already and keep a buffer. */
async function readBody(request: Fc2Request): Promise<Buffer> {
  if (request.body instanceof Uint8Array) return Buffer.from(request.body);
  if (typeof request.body === "string") return Buffer.from(request.body);
  if (typeof request[Symbol.asyncIterator] !== "function") return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Answers the call `(req, resp, context)` of a Function Compute 2.0 HTTP function.
 *
 * @returns resolves once the response was handed over
 * @throws TIDEGATE_EVENT_MALFORMED, TIDEGATE_RESPONSE_ABORTED, TIDEGATE_REQUEST_ABORTED, TIDEGATE_INVOCATION_TIMEOUT
 */
export async function answerFc2(
  listener: Listener,
  rawRequest: unknown,
  target: Fc2Response,
  context: unknown,
  timeoutMs: number | undefined,
): Promise<void> {
  const request = rawRequest as Fc2Request;
  const message = readFc2Request(request);
  const body = await readBody(request);
  frameBody(message, body.length);
  const input = {
    head: message,
    body,
    clientIp: message.clientIp,
    isSecure: message.isSecure,
    requestId: contextRequestId(context),
    source: "alibaba-fc2",
    event: rawRequest,
    context,
    dueMs: deadlineMs(context, timeoutMs, Date.now()),
  };
  return new Promise((resolve, reject) => {
    let exchange: Exchange | undefined;
    const sink = new Fc2Sink(target, {
      // `send` ends the call, so it waits for what waitUntil was given.
      completed: (send) => {
        exchange?.settle(() => {
          send();
          resolve();
        });
      },
      finished: () => exchange?.settle(resolve),
      failed: (error) => {
        reject(error);
        exchange?.settle(() => {});
      },
      drained: () => exchange?.drain(),
      cancelled: () => exchange?.cancel(),
    });
    serve(listener, input, sink, (running) => {
      exchange = running;
    });
  });
}
