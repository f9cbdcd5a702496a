import { Readable } from "node:stream";
import { probeNode, testAdapter } from "./adapter.contract.ts";
import { toHandler } from "./index.ts";

testAdapter("http", (answer) =>
  toHandler(async (req, res) => {
    const { status, headers, body } = answer(await probeNode(req));
    res.writeHead(status, headers.flat());
    if (body instanceof Readable) body.pipe(res);
    else res.end(body);
  }),
);
