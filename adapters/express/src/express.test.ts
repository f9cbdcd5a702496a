import { Readable } from "node:stream";
import { probeNode, testAdapter } from "@tidegate/http/contract";
import express from "express";
import { toHandler } from "./index.ts";

testAdapter("express", (answer) => {
  const app = express();
  app.use(async (req, res) => {
    const { status, headers, body } = answer(await probeNode(req));
    res.status(status);
    for (const [name, value] of headers) res.append(name, value);
    if (body instanceof Readable) body.pipe(res);
    else res.send(body ?? undefined);
  });
  return toHandler(app);
});
