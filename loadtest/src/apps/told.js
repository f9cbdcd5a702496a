import { createServer } from "node:http";

// Answers after as many milliseconds as its path says, without using the processor: `/200`.
createServer((req, res) => {
  setTimeout(() => res.end("done\n"), Number(req.url.slice(1)) || 0);
}).listen(Number(process.env.PORT ?? 3000));
