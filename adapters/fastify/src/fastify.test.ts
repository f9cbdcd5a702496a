import { probeNode, testAdapter } from "@tidegate/http/contract";
import fastify from "fastify";
import { toHandler } from "./index.ts";

testAdapter("fastify", (answer) => {
  const app = fastify({ exposeHeadRoutes: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.all("/*", async (request, reply) => {
    const { status, headers, body } = answer(await probeNode(request.raw));
    for (const [name, value] of headers) reply.header(name, value);
    return reply.status(status).send(body ?? undefined);
  });
  return toHandler(app);
});
