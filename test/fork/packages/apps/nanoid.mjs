import { createServer } from "node:http";
import { customAlphabet, nanoid } from "nanoid";
import { nanoid as insecure } from "nanoid/non-secure";
import { answer } from "./contract.cjs";

const loaded = nanoid();
const short = customAlphabet("0123456789abcdef", 16);
const loadedInsecure = insecure();

createServer(async (_req, res) => {
  const ids = { id: nanoid(), short: short(), insecure: insecure() };
  res.end(JSON.stringify(await answer(ids, { length: loaded.length }, { loaded, loadedInsecure })));
}).listen(process.env.PORT);
