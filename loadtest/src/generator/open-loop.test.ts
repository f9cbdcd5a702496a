import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createRandom } from "../statistics/random.ts";
import { type Address, addressOf } from "./http-connection.ts";
import { arrivals, openLoop } from "./open-loop.ts";

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: Parameters<typeof createServer>[1]): Promise<Address> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return addressOf(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
}

describe("arrivals", () => {
  it("come at the rate asked for, and tell each second", async () => {
    const due: number[] = [];
    const seconds: number[] = [];
    await arrivals({
      random: createRandom(1),
      perSecond: () => 400,
      seconds: 1.2,
      onArrival: (at) => due.push(at),
      onSecond: (second) => seconds.push(second),
    });
    expect(due.length).toBeGreaterThan(400);
    expect(due.length).toBeLessThan(560);
    expect(due.toSorted((a, b) => a - b)).toEqual(due);
    expect(seconds).toEqual([1]);
  });

  it("go on for as long as they are wanted", async () => {
    let count = 0;
    await arrivals({
      random: createRandom(1),
      perSecond: () => 1000,
      seconds: 0.01,
      goesOn: () => count < 200,
      onArrival: () => {
        count++;
      },
    });
    expect(count).toBe(200);
  });
});

describe("openLoop", () => {
  it("does not wait with the server: a pause of it shows in all requests that were due in it", async () => {
    let isPaused = true;
    const held: (() => void)[] = [];
    const address = await serve((_req, res) => {
      if (isPaused) held.push(() => res.end("late"));
      else res.end("at once");
    });
    setTimeout(() => {
      isPaused = false;
      for (const answer of held) answer();
    }, 500);
    const result = await openLoop({ address, path: "/", perSecond: 200, seconds: 1, random: createRandom(2) });
    expect(result.failed).toBe(0);
    expect(result.latenciesMs).toHaveLength(result.sent);
    expect(result.latenciesMs.filter((latency) => latency > 100).length).toBeGreaterThan(50);
  });

  it("counts what fails, is refused or never answered", async () => {
    let count = 0;
    const address = await serve((req, res) => {
      count++;
      if (count % 4 === 0) req.socket.destroy();
      else if (count % 4 === 1) res.writeHead(503).end();
      else if (count % 4 === 2) res.end("good");
    });
    const options = { address, path: "/", perSecond: 100, seconds: 0.5, random: createRandom(3), graceMs: 100 };
    const result = await openLoop(options);
    expect(result.latenciesMs.length + result.failed).toBe(result.sent);
    expect(result.latenciesMs.length).toBeLessThanOrEqual(Math.ceil(result.sent / 4));
  });
});
