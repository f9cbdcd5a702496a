import type { IncomingMessage, ServerResponse } from "node:http";
import { type Handler, type Listener, toHandler } from "@tidegate/http";
import type { Answered } from "./answered.ts";
import { receive } from "./received-request.ts";
import type { BufferedShape, Shape } from "./shape.ts";

let requestCount = 0;

function nextRequestId(): string {
  requestCount += 1;
  return `1-6a2e7134-${requestCount.toString(16).padStart(24, "0")}`;
}

function writeAnswer({ status, reason, headers, body }: Answered, response: ServerResponse): void {
  const lines = headers.flat();
  // Written ahead of the body, so that Node takes no length from it: an answer is framed as the function said.
  if (reason === "") response.writeHead(status, lines);
  else response.writeHead(status, reason, lines);
  response.end(body);
}

async function runBuffered(
  shape: BufferedShape,
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = nextRequestId();
  const received = await receive(request);
  const result = await handler(shape.toEvent(received, requestId), shape.toContext(requestId));
  writeAnswer(shape.toAnswer(result), response);
}

function refuse(shape: Shape, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  console.error(`Cannot answer ${request.method} ${JSON.stringify(request.url)} through ${shape.name}:`, error);
  response.writeHead(502, { "content-type": "application/json" });
  response.end('{"message":"Internal server error"}');
}

/**
 * Puts a platform between a server and its listener: the client's request becomes an event, a handler of the listener
 * answers it, and the answer is written to the client. Where a platform would answer 502, so does this, and logs why.
 *
 * @param shape the platform
 * @param listener the app
 * @returns a listener for the server
 */
export function roundTrip(
  shape: Shape,
  listener: Listener,
): (request: IncomingMessage, response: ServerResponse) => void {
  // In a wrapping of two parameters, since a listener of none would be taken for a function that makes the app.
  const whole: Listener = (request, response) => listener(request, response);
  const handler = toHandler(whole, shape.kind === "streamed" ? shape.options : undefined);
  return (request, response) => {
    const running =
      shape.kind === "buffered"
        ? runBuffered(shape, handler, request, response)
        : shape.run(handler, request, response, nextRequestId());
    running.catch((error: unknown) => refuse(shape, request, response, error));
  };
}
