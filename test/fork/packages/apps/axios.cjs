const { createServer } = require("node:http");
const { Agent } = require("node:http");
const axios = require("axios");
const { answer } = require("./contract.cjs");

const upstream = axios.create({
  baseURL: process.env.UPSTREAM,
  httpAgent: new Agent({ keepAlive: true, maxSockets: 1 }),
});

createServer(async (_req, res) => {
  const { connection } = (await upstream.get("/connection")).data;
  const { greeting } = (await upstream.get("/settings")).data;
  res.end(JSON.stringify(await answer({}, { greeting }, { connection })));
}).listen(process.env.PORT);
