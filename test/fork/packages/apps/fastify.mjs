import Fastify from "fastify";
import { answer } from "./contract.cjs";

const app = Fastify({ logger: true });
app.get("/", { schema: { querystring: { type: "object" } } }, (request) => answer({}, { url: request.url }));
await app.listen({ port: Number(process.env.PORT) });
