import type { IncomingMessage, ServerResponse } from "node:http";
import type { RuntimeCall } from "./runtime-context.ts";

/** The part of a handler that answers events. */
export type EventHandler = (event: unknown, context?: unknown) => PromiseLike<unknown>;

/** How a platform is told the outcome of a call it made itself. */
export interface Outcome {
  readonly success: Readonly<Record<string, string>>;
  readonly failureStatus: number;
  readonly failure: Readonly<Record<string, string>>;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answers with JSON; `undefined` is `null`, as in the platforms' own runtimes. */
function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  value: unknown,
): void {
  const body = JSON.stringify(value ?? null);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

/**
 * Runs one of the platform's own calls and tells it the outcome: status 200 and the result as JSON, or the failure.
 *
 * @returns whether it succeeded
 */
export async function answerCall(response: ServerResponse, outcome: Outcome, run: () => unknown): Promise<boolean> {
  try {
    send(response, 200, outcome.success, await run());
    return true;
  } catch (error) {
    console.error(error);
    const { name, message, code } = (
      error instanceof Error ? error : new Error(String(error))
    ) as NodeJS.ErrnoException;
    send(response, outcome.failureStatus, outcome.failure, { errorMessage: message, errorType: code ?? name });
    return false;
  }
}

/** Answers a call whose body is an event. The handler gets the bytes, as events need not be JSON. */
export async function answerEventCall(
  handler: EventHandler,
  request: IncomingMessage,
  response: ServerResponse,
  call: RuntimeCall | undefined,
  outcome: Outcome,
): Promise<boolean> {
  let event: Buffer;
  try {
    event = await readAll(request);
  } catch {
    // The platform gave up while it sent the event: nobody is left to be told.
    return false;
  }
  return answerCall(response, outcome, () => handler(event, call?.context));
}
