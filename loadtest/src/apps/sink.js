import { createServer } from "node:http";

// Reads a body to its end, however long that takes, and tells its length.
createServer((req, res) => {
  let bytes = 0;
  req.on("data", (chunk) => {
    bytes += chunk.length;
  });
  req.on("end", () => res.end(`${bytes}\n`));
}).listen(Number(process.env.PORT ?? 3000));
