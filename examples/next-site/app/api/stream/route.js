import { setTimeout as delay } from "node:timers/promises";

export const dynamic = "force-dynamic";

/** Three lines, one each 200 milliseconds. */
export function GET() {
  return new Response(ReadableStream.from(lines()), { headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

async function* lines() {
  const encoder = new TextEncoder();
  for (let i = 0; i < 3; i++) {
    if (i > 0) await delay(200);
    yield encoder.encode(`line ${i}\n`);
  }
}
