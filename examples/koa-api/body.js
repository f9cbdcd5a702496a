const MAX_BYTES = 100_000;

/** Reads a JSON object from a request, or ends it with 400, 413 or 415. */
export async function readJson(ctx) {
  if (!ctx.is("json")) ctx.throw(415, "Send application/json");
  const chunks = [];
  let size = 0;
  // Leaving the loop early must not destroy the request: its socket still has to carry the answer.
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BYTES) ctx.throw(413, `The body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch {
    ctx.throw(400, "The body is not valid JSON");
  }
}
