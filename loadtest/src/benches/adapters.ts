import { toHandler } from "@tidegate/express";
import { configure as serverlessExpress } from "@vendia/serverless-express";
import express, { type Express } from "express";
import serverlessHttp from "serverless-http";
import type { RunOptions } from "../command.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import type { Bench, Measured } from "./bench.ts";
import { createHttpEvent } from "./http-event.ts";

const defaults = { seconds: 1, rounds: 9 } as const;
/** Calls between two looks at the clock. */
const batch = 50;

type Handler = (event: unknown) => Promise<unknown>;

/** Time of one call of an Express app through each adapter, in this process, one call after the other. */
export const adaptersBench: Bench = {
  name: "adapters",
  summary: "Time per call of an Express app through @tidegate/express and other adapters.",
  async run(options) {
    const event = createHttpEvent("/items/42");
    const handlers = createHandlers();
    for (const [name, handler] of handlers) await check(name, await handler(event));
    const times = new Map<string, number[]>([...handlers.keys()].map((name) => [name, []]));
    const rounds = options.rounds ?? defaults.rounds;
    const seconds = options.seconds ?? defaults.seconds;
    for (const handler of handlers.values()) await timePerCall(handler, event, seconds);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, handler] of rotated([...handlers], round)) {
        times.get(name)?.push(await timePerCall(handler, event, seconds));
      }
      logRound(options, round, rounds, times);
    }
    return measured(times);
  },
};

function createApp(): Express {
  const app = express();
  app.get("/items/:id", (req, res) => {
    res.json({ id: req.params.id, colour: req.query.colour, host: req.get("host") });
  });
  return app;
}

/** Each adapter gets an app of its own: one of them changes what it is given. */
function createHandlers(): Map<string, Handler> {
  const context = { awsRequestId: "EXAMPLEid0000000000=", callbackWaitsForEmptyEventLoop: true };
  const ours = toHandler(createApp()) as (event: unknown, context: unknown) => Promise<unknown>;
  const theirHttp = serverlessHttp(createApp()) as (event: unknown, context: unknown) => Promise<unknown>;
  const theirExpress = serverlessExpress({ app: createApp() }) as unknown as typeof ours;
  return new Map<string, Handler>([
    ["tidegate", (event) => ours(event, context)],
    ["serverless_http", (event) => theirHttp(event, context)],
    ["serverless_express", (event) => theirExpress(event, context)],
  ]);
}

/** All must give the same answer, else their times say nothing. */
async function check(name: string, result: unknown): Promise<void> {
  const { statusCode, body } = result as { statusCode?: unknown; body?: unknown };
  const expected = '{"id":"42","colour":"blue","host":"abcdefghij.execute-api.eu-central-1.amazonaws.com"}';
  if (statusCode === 200 && body === expected) return;
  throw new Error(`Cannot compare "${name}": it answered ${statusCode} ${JSON.stringify(body)}`);
}

/** Microseconds of one call. */
async function timePerCall(handler: Handler, event: unknown, seconds: number): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < seconds * 1000) {
    for (let call = 0; call < batch; call += 1) await handler(event);
    calls += batch;
    elapsedMs = performance.now() - started;
  }
  return (elapsedMs * 1000) / calls;
}

function logRound(
  options: RunOptions,
  round: number,
  rounds: number,
  times: ReadonlyMap<string, readonly number[]>,
): void {
  const parts = [...times].map(([name, values]) => `${name} ${(values.at(-1) ?? 0).toFixed(1)} us`);
  options.log(`round ${round + 1}/${rounds}: ${parts.join(", ")}`);
}

function measured(times: ReadonlyMap<string, readonly number[]>): Measured {
  const of = (name: string) => times.get(name) ?? [];
  return {
    rows: [...times].map(([name, values]) => ({
      name,
      "us per call": median(values),
      "min us": quantile(values, 0),
      "max us": quantile(values, 1),
    })),
    ratios: {
      call_vs_serverless_http: medianRatio(of("tidegate"), of("serverless_http")),
      call_vs_serverless_express: medianRatio(of("tidegate"), of("serverless_express")),
    },
    problems: [],
  };
}
