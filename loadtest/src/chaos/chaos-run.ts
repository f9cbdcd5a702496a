import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TemplateInfo } from "@tidegate/core";
import { addressOf } from "../generator/http-connection.ts";
import { arrivals } from "../generator/open-loop.ts";
import { createRandom } from "../statistics/random.ts";
import { chaosFunctions, keptFunctions, loadedFunctions } from "./chaos-config.ts";
import { type ChaosHost, killAll, startChaosHost } from "./chaos-host.ts";
import { ChaosClients } from "./clients.ts";
import { collectedHeapBytes } from "./collected-heap.ts";
import type { Fault } from "./fault.ts";
import { type Journal, readJournal } from "./journal.ts";
import { type Holdings, holdingsOf, MemoryWatch, processesOf } from "./leaks.ts";
import { Monkey } from "./monkey.ts";
import type { Outcome } from "./outcome.ts";
import { drawRequest, type RequestPlan, slowRequest } from "./request-plan.ts";

export interface ChaosOptions {
  /** Length of the load, in seconds. */
  readonly seconds: number;
  /** Requests per second, on average. */
  readonly perSecond: number;
  /** Faults per second, on average. */
  readonly faultsPerSecond: number;
  readonly seed: number;
  /** Keep the folder of the run. */
  readonly keeps: boolean;
  readonly log: (line: string) => void;
}

/** A request and what its client saw. */
export interface Sent {
  readonly plan: RequestPlan;
  readonly outcome: Outcome;
}

/** All that was seen of a run; see `findings.ts` for what it means. */
export interface ChaosRecord {
  readonly sent: readonly Sent[];
  readonly faults: readonly Fault[];
  /** Kinds of faults that could be done with this host. */
  readonly kinds: readonly string[];
  readonly journal: Journal;
  readonly host: ChaosHost;
  /** What the host held before the load and after it, with nothing to do. */
  readonly before: Holdings | null;
  readonly after: Holdings | null;
  readonly memory: MemoryWatch;
  /** The same host's heap after a collection, in bytes: when it could no longer be replaced, and at the end without load. */
  readonly heap: { readonly early: number | null; readonly late: number | null; readonly requestsBetween: number };
  /** Instances that were left when all had been idle for long enough, beside those that are kept. */
  readonly leftInstances: readonly string[];
  /** Children that templates had forked ahead then, more than one a template. */
  readonly leftChildren: readonly number[];
  /** Sockets in the host's folder that belong to no instance, while it ran idle. */
  readonly leftSockets: readonly string[];
  /** Processes and files that were left when the host had stopped. */
  readonly leftProcesses: readonly number[];
  readonly leftFiles: readonly string[];
  /** What was wrong with the host's end; null when nothing was. */
  readonly badEnd: string | null;
  readonly loadMs: number;
  /** How late the generator sent a request at most, in milliseconds. */
  readonly lateMs: number;
}

/** Longest wait for idle instances to be gone, in milliseconds. */
const idleWaitMs = 20_000;

/** By then a lost template is being built anew, if it is to be at all, in milliseconds. */
const rebuildMs = 5_000;

/** A child ahead is ready in this time, in milliseconds. */
const aheadMs = 500;

/** The load rises and falls by this part of itself, so that instances come and go with it too, in this time. */
const swing = { part: 0.6, periodMs: 15_000 } as const;

/** So much longer than asked for a run may last, until each kind of fault came once, in seconds. */
const longestExtraSeconds = 60;

/** The host is replaced in this first part of a run only. */
const upgradePart = 0.4;

/** Its heap is looked at first after this part: an upgrade that was under way is over then. */
const heapPart = 0.5;

/** In a shorter run it is not looked at: what is compiled in it would be taken for a leak, in seconds. */
const shortestHeapSeconds = 60;

/** Runs load and faults against a host, and looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosRecord> {
  const dir = mkdtempSync(join(tmpdir(), "tidegate-chaos-"));
  const mark = `TIDEGATE_CHAOS=${process.pid}-${Date.now()}`;
  options.log(`host, journals and logs in ${dir}`);
  const host = await startChaosHost(dir, mark);
  const clients = new ChaosClients(addressOf(host.url));
  try {
    return await drive(options, { dir, mark, host, clients });
  } catch (cause) {
    host.log.read();
    const why = host.log.faults.join("\n") || host.log.unread.join("\n") || String(cause);
    throw new Error(`Cannot finish the run with seed ${options.seed}: ${why}`, { cause });
  } finally {
    clients.close();
    await host.stop();
    killAll(mark);
    host.log.close();
    if (!options.keeps) rmSync(dir, { recursive: true, force: true });
  }
}

interface Scene {
  readonly dir: string;
  readonly mark: string;
  readonly host: ChaosHost;
  readonly clients: ChaosClients;
}

async function drive(options: ChaosOptions, scene: Scene): Promise<ChaosRecord> {
  const { dir, mark, host, clients } = scene;
  await warmUp(clients);
  const before = await idleHoldings(host);
  const memory = new MemoryWatch(() => host.pid());
  const reading = setInterval(() => host.log.read(), 250);
  const load = await rage(options, scene);
  clients.close();
  await host.removeGuest();
  const leftInstances = await untilIdle(host);
  memory.stop();
  const late = options.seconds < shortestHeapSeconds ? null : await collectedHeapBytes(host.pid(), host.log);
  // Kept instances have kept connections: new ones have as many as before the load.
  for (const name of keptFunctions) await host.redeploy(name);
  await warmUp(clients);
  const after = await idleHoldings(host);
  const leftChildren = await childrenBeside(host);
  const leftSockets = socketsWithoutInstance(dir, await host.instances());
  options.log("load is over: stopping the host");
  const badEnd = await host.stop();
  clearInterval(reading);
  host.log.read();
  return {
    ...load,
    journal: readJournal(join(dir, "journal")),
    host,
    before,
    after,
    memory,
    heap: { early: load.earlyHeap, late, requestsBetween: load.sent.length - load.earlyRequests },
    leftInstances,
    leftChildren,
    leftSockets,
    leftProcesses: processesOf(mark),
    // Node's own cache of compiled code is meant to stay.
    leftFiles: ["tmp", "xdg/tidegate"]
      .flatMap((name) => readdirSync(join(dir, name)).map((file) => `${name}/${file}`))
      .filter((file) => !file.endsWith("node-compile-cache")),
    badEnd,
  };
}

interface Load extends Pick<ChaosRecord, "sent" | "faults" | "kinds" | "loadMs" | "lateMs"> {
  /** The heap when the host could no longer be replaced, in bytes, and how many requests were over then. */
  readonly earlyHeap: number | null;
  readonly earlyRequests: number;
}

/** The load and the faults; resolves when each request is over. */
async function rage(options: ChaosOptions, { mark, host, clients }: Scene): Promise<Load> {
  const { seconds, perSecond, faultsPerSecond, seed, log } = options;
  const pending = new Set<Promise<void>>();
  const sent: Sent[] = [];
  const send = (plan: RequestPlan): void => {
    const done = clients.send(plan).then((outcome) => {
      sent.push({ plan, outcome });
      pending.delete(done);
    });
    pending.add(done);
  };
  const requests = createRandom(seed, "requests");
  let made = 0;
  const nextId = (kind: string): string => `${kind}${(++made).toString(36)}`;
  const monkey = new Monkey({
    host,
    hasTemplates: (await host.templates()).some(({ state }) => state === "parked"),
    random: createRandom(seed, "faults"),
    functions: [...new Set(loadedFunctions)],
    mark,
    send,
    nextId: () => nextId("k"),
    log,
  });
  const startedAt = performance.now();
  // The rest of the run belongs to one host, so that its memory can be watched for long.
  const mayUpgrade = (): boolean => performance.now() - startedAt < seconds * 1000 * upgradePart;
  const mayhem = monkey.run(faultsPerSecond, mayUpgrade);
  let earlyHeap: number | null = null;
  let earlyRequests = 0;
  const lateMs = await arrivals({
    random: createRandom(seed, "arrivals"),
    perSecond: (atMs) => perSecond * (1 + swing.part * Math.sin((atMs * 2 * Math.PI) / swing.periodMs)),
    seconds,
    // Each kind of fault is to come once, and while there is load.
    goesOn: (atMs) => monkey.missing.length > 0 && atMs < (seconds + longestExtraSeconds) * 1000,
    onArrival: () => send(drawRequest(requests, nextId("r"), loadedFunctions)),
    onSecond: (second) => {
      if (second === Math.ceil(seconds * heapPart) && seconds >= shortestHeapSeconds) {
        earlyRequests = sent.length;
        void collectedHeapBytes(host.pid(), host.log).then((bytes) => {
          earlyHeap = bytes;
        });
      }
      if (second % 10 > 0) return;
      log(`${second} s: ${sent.length} requests over, ${pending.size} pending, ${monkey.faults.length} faults`);
    },
  });
  const loadMs = performance.now() - startedAt;
  monkey.stop();
  await mayhem;
  await Promise.all(pending);
  return { sent, faults: monkey.faults, kinds: monkey.kinds, loadMs, lateMs, earlyHeap, earlyRequests };
}

/** Each function serves once, so that what is there after a first request counts as there before. */
async function warmUp(clients: ChaosClients): Promise<void> {
  for (const name of chaosFunctions) await clients.send(slowRequest(`w${name}`, name, 0));
}

/** What the host holds when only the instances are left that are kept without load. */
async function idleHoldings(host: ChaosHost): Promise<Holdings | null> {
  await untilIdle(host);
  await untilTemplatesRest(host);
  // Closed connections of clients leave with the gateway's next sweep.
  await pause(2_500);
  return holdingsOf(host.pid());
}

/** Waits until only kept instances are left; returns those that stay beside them. */
async function untilIdle(host: ChaosHost): Promise<string[]> {
  const until = Date.now() + idleWaitMs;
  for (;;) {
    const all = await host.instances();
    const kept = keptFunctions.map((name) => all.find((each) => each.function === name));
    const left = all.filter((each) => !kept.includes(each)).map(({ instance, state }) => `${instance} ${state}`);
    if (left.length === 0 || Date.now() > until) return left;
    await pause(100);
  }
}

/** Waits until no template is being loaded and each has its child ahead: for both, hosts hold descriptors. */
async function untilTemplatesRest(host: ChaosHost): Promise<void> {
  const startedAt = Date.now();
  const waitedMs = (): number => Date.now() - startedAt;
  // One that was killed is missing until it is built anew.
  const isAtRest = ({ state }: TemplateInfo): boolean =>
    state === "parked" || state === "unfit" || (state !== "loading" && waitedMs() > rebuildMs);
  for (let isOver = false; !isOver && waitedMs() < idleWaitMs; ) {
    const templates = await host.templates();
    const parked = templates.filter(({ state }) => state === "parked").length;
    const hasAll = (await host.childrenAhead()).length === parked || waitedMs() > rebuildMs;
    isOver = hasAll && templates.every(isAtRest);
    if (!isOver) await pause(100);
  }
  // A child that is there may still be on its way to where it waits.
  await pause(aheadMs);
}

/** Children ahead of templates, where there are more of them than templates; none else. */
async function childrenBeside(host: ChaosHost): Promise<readonly number[]> {
  const until = Date.now() + idleWaitMs;
  for (;;) {
    const parked = (await host.templates()).filter(({ state }) => state === "parked").length;
    const ahead = await host.childrenAhead();
    if (ahead.length <= parked) return [];
    if (Date.now() > until) return ahead;
    await pause(100);
  }
}

function socketsWithoutInstance(dir: string, instances: readonly { readonly instance: string }[]): string[] {
  const names = new Set(instances.map(({ instance }) => `${instance}.sock`));
  return readdirSync(join(dir, "tmp"), { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".sock") && !names.has(path.slice(path.lastIndexOf("/") + 1)),
  );
}
