import { probeNode, testAdapter } from "@tidegate/http/contract";
import Koa from "koa";
import { toHandler } from "./index.ts";

testAdapter("koa", (answer) => {
  const app = new Koa();
  app.use(async (ctx) => {
    const { status, headers, body } = answer(await probeNode(ctx.req));
    ctx.body = body;
    ctx.status = status;
    for (const [name, value] of headers) name === "set-cookie" ? ctx.append(name, value) : ctx.set(name, value);
  });
  return toHandler(app);
});
