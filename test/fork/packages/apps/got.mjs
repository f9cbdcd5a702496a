import { Agent, createServer } from "node:http";
import got from "got";
import { answer } from "./contract.cjs";

const upstream = got.extend({
  prefixUrl: process.env.UPSTREAM,
  agent: { http: new Agent({ keepAlive: true, maxSockets: 1 }) },
});

createServer(async (_req, res) => {
  const { connection } = await upstream("connection").json();
  const { greeting } = await upstream("settings").json();
  res.end(JSON.stringify(await answer({}, { greeting }, { connection })));
}).listen(process.env.PORT);
