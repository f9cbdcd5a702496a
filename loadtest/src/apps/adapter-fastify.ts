import fastify, { type FastifyInstance } from "fastify";

/** Answers every request of the adapter bench. */
export function createFastifyApp(): FastifyInstance {
  const app = fastify({ bodyLimit: 2 * 1024 * 1024 });
  app.addContentTypeParser("image/png", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.get("/empty", (_request, reply) => {
    reply.code(204).send();
  });
  app.get<{ Params: { id: string }; Querystring: { colour: string } }>("/items/:id", (request, reply) => {
    reply.send({ id: request.params.id, colour: request.query.colour, host: request.headers.host });
  });
  app.post<{ Body: { items: { id: number }[] } }>("/documents", (request, reply) => {
    const { items } = request.body;
    reply.send({ length: Number(request.headers["content-length"]), items: items.length, last: items.at(-1)?.id });
  });
  app.post("/images", (request, reply) => {
    reply.type("image/png").send(request.body);
  });
  app.get("/headers", ({ headers }, reply) => {
    reply.send({ agent: headers["user-agent"], first: headers["x-field-0"], last: headers["x-field-90"] });
  });
  return app;
}
