import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "@tidegate/http";
import type { Case } from "../case.ts";
import type { Answer, ClientRequest } from "../client/answer.ts";
import { send } from "../client/send.ts";
import { freezeWorld } from "./frozen-world.ts";

/** What one run of a case showed. */
export interface CaseRun {
  readonly requests: readonly ClientRequest[];
  readonly answers: readonly Answer[];
  /** Lines the app recorded. */
  readonly records: readonly string[];
}

/** How to run a case. */
export interface RunOptions {
  readonly folder: string;
  /** Puts something between server and app. */
  readonly wrap?: (listener: Listener) => Listener;
  /** Changes each request before it is sent. */
  readonly rewrite?: (request: ClientRequest) => ClientRequest;
  /** Lines to wait for after the last answer; without, until all connections have ended. */
  readonly recordCount?: number;
}

/** Longest a run waits for lines that another run recorded, in milliseconds. */
const RECORD_PATIENCE_MS = 1_000;

async function listen(listener: Listener): Promise<Server> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return server;
}

class Records {
  readonly lines: string[] = [];
  #changed: () => void = () => {};

  readonly add = (line: string): void => {
    this.lines.push(line);
    this.#changed();
  };

  reached(count: number): Promise<void> {
    if (this.lines.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, RECORD_PATIENCE_MS);
      this.#changed = () => {
        if (this.lines.length < count) return;
        clearTimeout(patience);
        resolve();
      };
    });
  }
}

/**
 * Runs a case once: app, server and clock of its own.
 *
 * @param item the case
 * @param options see {@link RunOptions}
 */
export async function runCase(item: Case, options: RunOptions): Promise<CaseRun> {
  const restore = freezeWorld();
  const releases: (() => unknown)[] = [];
  const records = new Records();
  try {
    const kit = {
      record: records.add,
      defer: (release: () => unknown) => releases.push(release),
      folder: options.folder,
    };
    const app = await item.app(kit);
    const server = await listen(options.wrap === undefined ? app : options.wrap(app));
    const { port } = server.address() as AddressInfo;
    const requests: ClientRequest[] = [];
    const answers: Answer[] = [];
    for (const step of item.steps) {
      const request = typeof step === "function" ? step(answers) : step;
      const rewritten = options.rewrite === undefined ? request : options.rewrite(request);
      requests.push(rewritten);
      answers.push(await send(port, rewritten));
    }
    if (options.recordCount !== undefined) await records.reached(options.recordCount);
    await new Promise((resolve) => server.close(resolve));
    // The listeners of `close` run in the turns after their connections have ended.
    await new Promise((resolve) => setImmediate(resolve));
    return { requests, answers, records: records.lines };
  } finally {
    for (const release of releases.reverse()) await release();
    restore();
  }
}
