const MAX_BYTES = 100_000;

/** Reads a JSON object from a request, or ends it with 400, 413 or 415. */
export async function readJson(ctx) {
  if (!ctx.is("json")) ctx.throw(415, "Send application/json");
  const chunks = [];
  let size = 0;
  // Read to its end though not kept: a client that sends all before it reads would else never get to the answer.
  for await (const chunk of ctx.req) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BYTES) ctx.throw(413, `The body is larger than ${MAX_BYTES} bytes`);
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch {
    ctx.throw(400, "The body is not valid JSON");
  }
}
