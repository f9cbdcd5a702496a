import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example, Running } from "./example.ts";
import { exchange, type Request } from "./exchange.ts";
import { startPlain } from "./start-plain.ts";

export interface SameBytes {
  /** Called once for each of the two runs: they share nothing, not even a folder. */
  example(): Example;
  requests: Request[];
  /** Headers of requests that need a session, from each run for itself. */
  session?(url: string): Promise<Record<string, string>>;
  prepare?(): Promise<void>;
}

/** Sends the same requests to the example by itself and run in another way, and wants the same answers. */
export function sameBytes(
  name: string,
  { example, requests, session, prepare }: SameBytes,
  startOther: (example: Example) => Promise<Running>,
): void {
  describe(name, () => {
    const runs: { running: Running; headers: Record<string, string> }[] = [];

    beforeAll(async () => {
      await prepare?.();
      for (const start of [startPlain, startOther]) {
        const running = await start(example());
        const run = { running, headers: {} };
        runs.push(run);
        if (session) run.headers = await session(running.url);
      }
    }, 180_000);
    afterAll(() => Promise.all(runs.map(({ running }) => running.stop())));

    it.each(requests)("$line", async (request) => {
      const [plain, other] = await Promise.all(
        runs.map(({ running, headers }) =>
          exchange(running.url, { ...request, headers: { ...headers, ...request.headers } }),
        ),
      );
      expect(other?.statusLine).toBe(plain?.statusLine);
      expect(other?.headers).toEqual(plain?.headers);
      expect(other?.trailers).toEqual(plain?.trailers);
      // As text first, since a text tells better what differs.
      expect(other?.body.toString("latin1")).toBe(plain?.body.toString("latin1"));
    });
  });
}
