import { Writable } from "node:stream";

/**
 * The `responseStream` of a streaming Lambda handler. Format: `ResponseStream` of AWS's Node runtime interface client,
 * which hands out an object with these members of a Writable, and no instance of one.
 */
export interface LambdaStream {
  write(chunk: string | Uint8Array): boolean;
  end(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Works before the first write only. Test doubles leave it out. */
  setContentType?(contentType: string): void;
  readonly writableFinished?: boolean;
  readonly destroyed?: boolean;
}

/** Metadata of an HTTP response, sent ahead of its body. Format: Lambda developer guide, "Response streaming". */
export interface Prelude {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

/** What the Node runtime of Lambda puts into the global `awslambda`. */
export interface LambdaRuntime {
  streamifyResponse?(handler: object): unknown;
  readonly HttpResponseStream?: { from?(stream: LambdaStream, prelude: Prelude): LambdaStream };
}

/** Finds the runtime's global, looked up each time as it may be set after this module was loaded. */
export function lambdaRuntime(): LambdaRuntime | undefined {
  return (globalThis as { awslambda?: unknown }).awslambda as LambdaRuntime | undefined;
}

/** The mark `streamifyResponse` puts on a handler and the runtime reads. Format: `UserFunction` of the runtime client. */
const STREAMING: unique symbol = Symbol.for("aws.lambda.runtime.handler.streaming");

/**
 * Tells whether a second argument is a response stream.
 *
 * Outside a runtime nothing but `setContentType` tells it from other objects one can write to; with the global there, any
 * writable object is one, except a response of Node.
 */
export function isLambdaStream(value: unknown): value is LambdaStream {
  const candidate = value as (Partial<LambdaStream> & { writeHead?: unknown }) | null | undefined;
  if (typeof candidate?.write !== "function" || typeof candidate.end !== "function") return false;
  if (typeof candidate.setContentType === "function") return true;
  return typeof candidate.writeHead !== "function" && lambdaRuntime() !== undefined;
}

/**
 * Marks a handler as one that streams, so that Lambda calls it with `(event, responseStream, context)`.
 *
 * @param handler it has to recognise both calling styles, since only Lambda uses this one
 * @returns the handler, or what the runtime makes of it, with the handler's own properties
 */
export function streamify<H extends object>(handler: H): H {
  const runtime = lambdaRuntime();
  if (typeof runtime?.streamifyResponse !== "function") return Object.assign(handler, { [STREAMING]: "response" });
  const wrapped = runtime.streamifyResponse(handler);
  if (typeof wrapped !== "function" || wrapped === handler) return handler;
  for (const key of Object.getOwnPropertySymbols(handler)) {
    if (!Object.hasOwn(wrapped, key)) Object.assign(wrapped, { [key]: (handler as Record<symbol, unknown>)[key] });
  }
  return wrapped as H;
}

/**
 * Ends a stream that will not be completed.
 *
 * The runtime's own is left open: it adds the error to it as trailers once the handler has rejected, and destroying it
 * would cut the connection before. Any other Writable has nobody to do that, and its reader would wait for ever. The
 * error is for the reader only: who calls the handler has it from the promise, and a stream nobody listens to must not
 * end the process with it.
 */
export function abandon(stream: LambdaStream, error: Error): void {
  if (!(stream instanceof Writable) || stream.destroyed) return;
  stream.on("error", ignore);
  stream.destroy(error);
}

function ignore(): void {}
