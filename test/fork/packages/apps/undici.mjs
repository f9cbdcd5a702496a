import { createServer } from "node:http";
import { Agent, request, setGlobalDispatcher } from "undici";
import { answer } from "./contract.cjs";

setGlobalDispatcher(new Agent({ connections: 1 }));
const settings = await (await request(`${process.env.UPSTREAM}/settings`)).body.json();

createServer(async (_req, res) => {
  const { body } = await request(`${process.env.UPSTREAM}/connection`);
  const { connection } = await body.json();
  const { greeting } = await (await fetch(`${process.env.UPSTREAM}/settings`)).json();
  res.end(JSON.stringify(await answer({}, { settings, greeting }, { connection })));
}).listen(process.env.PORT);
