import { Readable } from "node:stream";
import { probeNode, testAdapter } from "@tidegate/http/contract";
import { expect, test } from "vitest";
import { toHandler } from "./index.ts";

// A real build takes a minute, and belongs to the example's own test; here is the interface of a custom server.
testAdapter("next", (answer) =>
  toHandler({
    prepare: async () => {},
    getRequestHandler: () => async (req, res) => {
      const { status, headers, body } = answer(await probeNode(req));
      res.writeHead(status, headers.flat());
      if (body instanceof Readable) body.pipe(res);
      else res.end(body);
    },
  }),
);

test("toHandler prepares once, and each request reports a failed preparation", async () => {
  let prepared = 0;
  const handler = toHandler({
    prepare: () => Promise.reject(new Error(`no build ${++prepared}`)),
    getRequestHandler: () => () => Promise.resolve(),
  });
  const request = (): Promise<Response> => handler(new Request("https://a.example/"));
  expect((await request()).status).toBe(500);
  expect(await (await request()).json()).toMatchObject({ error: { code: "TIDEGATE_APP_FAILED" } });
  expect(prepared).toBe(1);
});
