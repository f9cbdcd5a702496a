import { setTimeout as delay } from "node:timers/promises";
import { after } from "next/server";

const log = [];

export const dynamic = "force-dynamic";

export function GET() {
  return Response.json(log);
}

/** The entry is written after the answer, which does not wait for it. */
export function POST(request) {
  const entry = request.nextUrl.searchParams.get("entry");
  after(async () => {
    await delay(100);
    log.push(entry);
  });
  return new Response(null, { status: 202 });
}
