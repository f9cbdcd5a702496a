import { type HttpResponseMessage, readFc2Request } from "@tidegate/core";
import { setContentLength } from "../exchange/request.ts";
import { serve } from "../exchange/serve.ts";
import { setInvocation } from "../invocation.ts";
import type { Listener } from "../listener.ts";
import { BufferedSink } from "../sink/buffered-sink.ts";
import { toExchange } from "./event.ts";

/** Response object of a Function Compute 2.0 HTTP function. Format: FC documents, "HTTP handler" of the Node runtime. */
interface Fc2Response {
  setStatusCode(status: number): void;
  setHeader(name: string, value: string | string[]): void;
  send(body: Uint8Array | string): void;
}

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

function send(response: HttpResponseMessage, target: Fc2Response): void {
  target.setStatusCode(response.status);
  const byName = new Map<string, string[]>();
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
    const name = String(response.rawHeaders[i]);
    const values = byName.get(name) ?? [];
    values.push(String(response.rawHeaders[i + 1]));
    byName.set(name, values);
  }
  for (const [name, values] of byName) target.setHeader(name, values.length === 1 ? String(values[0]) : values);
  const { body } = response;
  target.send(body === null ? "" : "text" in body ? body.text : Buffer.from(body.base64, "base64"));
}

/**
 * Answers the call `(req, resp, context)` of a Function Compute 2.0 HTTP function.
 *
 * @returns resolves once the response was handed over
 * @throws TIDEGATE_EVENT_MALFORMED, TIDEGATE_RESPONSE_ABORTED
 */
export async function answerFc2(
  listener: Listener,
  rawRequest: unknown,
  target: Fc2Response,
  context: unknown,
): Promise<void> {
  const request = rawRequest as Fc2Request;
  const message = readFc2Request(request);
  const body = await readBody(request);
  if (body.length > 0) setContentLength(message.rawHeaders, body.length);
  const exchange = { ...toExchange(message, context), body };
  const response = await new Promise<HttpResponseMessage>((resolve, reject) => {
    serve(listener, exchange, new BufferedSink(resolve, reject), ({ request: appRequest }) => {
      setInvocation(appRequest, { source: "alibaba-fc2", event: rawRequest, context, requestId: exchange.requestId });
    });
  });
  send(response, target);
}
