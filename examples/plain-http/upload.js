import { createHash } from "node:crypto";

/** Hashes a body while it arrives, and keeps none of it. */
export async function upload(req, res) {
  const hash = createHash("sha256");
  let count = 0;
  for await (const chunk of req) {
    hash.update(chunk);
    count += chunk.length;
  }
  const text = `${JSON.stringify({ bytes: count, sha256: hash.digest("hex"), trailers: req.trailers })}\n`;
  res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}
