const { generateKeyPairSync, randomBytes } = require("node:crypto");
const { createServer } = require("node:http");
const jwt = require("jsonwebtoken");
const { answer } = require("./contract.cjs");

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = publicKey.export({ type: "spki", format: "pem" });
const secret = randomBytes(16).toString("hex");

createServer(async (_req, res) => {
  const token = jwt.sign({ name: "ann" }, privateKey, { algorithm: "ES256" });
  const { name } = jwt.verify(token, publicKey);
  res.end(JSON.stringify(await answer({ token }, { name }, { key, secret })));
}).listen(process.env.PORT);
