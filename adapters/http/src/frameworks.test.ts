import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
// @ts-expect-error: comes without type declarations
import connect from "connect";
// @ts-expect-error: comes without type declarations
import polka from "polka";
import { describe, expect, test } from "vitest";
import { type Answer, probeNode, readEvent, testAdapter } from "./adapter.contract.ts";
import { type App, getInvocation, type Listener, toHandler } from "./index.ts";

type Next = (error?: unknown) => void;

interface Middleware {
  use(run: (request: IncomingMessage, response: ServerResponse, next: Next) => void): this;
}

function answerWith(answer: Answer): (request: IncomingMessage, response: ServerResponse) => void {
  return async (request, response) => {
    const { status, headers, body } = answer(await probeNode(request));
    response.writeHead(status, headers.flat());
    if (body instanceof Readable) body.pipe(response);
    else response.end(body);
  };
}

const frameworks: { name: string; create: () => Middleware & App }[] = [
  { name: "Connect", create: connect },
  { name: "Polka", create: polka },
];

for (const { name, create } of frameworks) testAdapter(name, (answer) => toHandler(create().use(answerWith(answer))));

testAdapter("Polka's handler", (answer) => toHandler(polka().use(answerWith(answer)).handler as Listener));

describe.each(frameworks)("a $name app behind an event", ({ create }) => {
  const event = readEvent("aws/apigw-http-v2-get.json");

  test("runs its middleware, and answers 404 and errors itself", async () => {
    const app = create();
    app.use((request, response, next) => {
      if (request.url?.startsWith("/orders") !== true) return next();
      if (request.url.startsWith("/orders/42")) return void response.end(getInvocation()?.source);
      return next(Object.assign(new Error("taken"), { status: 409, code: 409 }));
    });
    const handler = toHandler(async () => app);
    expect(await handler(event)).toMatchObject({ statusCode: 200, body: "aws-http-v2" });
    expect(await handler({ ...event, rawPath: "/orders/43" })).toMatchObject({ statusCode: 409 });
    expect(await handler({ ...event, rawPath: "/none" })).toMatchObject({ statusCode: 404 });
  });
});
