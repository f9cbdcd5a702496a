import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Handler } from "@tidegate/next";
import { receive } from "../../../test/parity/src/platform/received-request.ts";
import { findShape } from "../../../test/parity/src/platform/shapes.ts";
import { answerStreamed, installLambda } from "./lambda-stream.ts";

// Stands where a cloud has its front door: a client's request becomes the event of `$SHAPE`, the handler in `$HANDLER`
// answers it, and the answer goes to the client.
const { SHAPE = "", HANDLER = "", PORT, HOST } = process.env;
const shape = SHAPE === "lambda-stream" ? undefined : findShape(SHAPE);
if (shape === undefined) installLambda();
const { handler } = (await import(HANDLER)) as { handler: Handler };
let calls = 0;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = `call-${++calls}`;
  if (shape === undefined) return answerStreamed(handler, request, response, requestId);
  if (shape.kind === "streamed") return shape.run(handler, request, response, requestId);
  const event = shape.toEvent(await receive(request), requestId);
  const { status, headers, body } = shape.toAnswer(await handler(event, shape.toContext(requestId)));
  response.writeHead(status, headers.flat());
  response.end(body);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(Number(PORT), HOST);

process.once("SIGTERM", () => server.close(() => process.exit()));
