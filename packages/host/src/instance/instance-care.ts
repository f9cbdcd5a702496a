import type { FunctionConfig } from "@tidegate/core";
import { probe } from "../launcher/http-probe.ts";
import type { Launched, Usage } from "../launcher/launcher.ts";
import { type InstanceMetrics, unknownMetrics } from "./instance-metrics.ts";
import { Liveness } from "./liveness.ts";
import { type RecycleLimits, recycleLimits, recycleReason } from "./recycle.ts";
import { upkeep } from "./upkeep.ts";

/** So many invocations in a row that the gateway had to answer for the app are no chance any more. */
const leastFailuresInRow = 5;
/** Used within this time, an instance is asked what it uses; then it is left in peace, in milliseconds. */
const activeMs = 2_000;

/** What is to become of an instance. It may be told more than once. */
export interface Verdict {
  /** "worn": replaced in good time; "unhealthy": replaced soon; "stuck": it cannot even answer, and is killed. */
  readonly kind: "worn" | "unhealthy" | "stuck";
  readonly reason: string;
}

/** What is known of the instance. */
export interface Patient {
  readonly function: FunctionConfig;
  readonly inFlight: number;
  readonly finished: number;
  readonly lastUsedAt: number;
  readonly readyAt: number;
}

/** Looks after one instance while it is ready: measures it, checks that it lives, and tells when it is to be replaced. */
export class InstanceCare {
  metrics: InstanceMetrics = unknownMetrics;
  /** Resident memory without what its template has as well, in bytes; null while not known. */
  ownBytes: number | null = null;
  readonly #patient: Patient;
  readonly #launched: Launched;
  readonly #onVerdict: (verdict: Verdict) => void;
  readonly #limits: RecycleLimits;
  readonly #liveness: Liveness;
  #release: (() => void) | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #last: { readonly usage: Usage; readonly at: number } | null = null;
  #failuresInRow = 0;
  #stuckTimer: NodeJS.Timeout | null = null;

  constructor(patient: Patient, launched: Launched, onVerdict: (verdict: Verdict) => void) {
    this.#patient = patient;
    this.#launched = launched;
    this.#onVerdict = onVerdict;
    const { recycle, health } = patient.function;
    this.#limits = recycleLimits(recycle, Math.random());
    this.#liveness = new Liveness(
      health,
      (path, timeoutMs) => {
        return probe(launched.endpoint, { method: "GET", path, protocol: launched.protocol(), timeoutMs });
      },
      (reason) => onVerdict({ kind: "unhealthy", reason }),
    );
  }

  /** Begins, or goes on after `stop`. */
  start(): void {
    this.#release ??= upkeep.add((now) => this.#look(now));
    this.#liveness.start();
  }

  /** Looks no more: the instance is frozen, or drains. What is under way does not count. */
  stop(): void {
    this.#release?.();
    this.#release = null;
    this.#liveness.stop();
    this.#endWatch();
    this.#last = null;
    this.metrics = { ...this.metrics, cpu: this.metrics.cpu === null ? null : 0 };
  }

  /** An invocation ended. On the path of every request. */
  onOutcome(isFailure: boolean): void {
    if (isFailure) this.#onFailure();
    else this.#failuresInRow = 0;
    if (this.#patient.finished >= this.#limits.invocations) this.#judgeWear(performance.now());
  }

  #onFailure(): void {
    const least = Math.max(leastFailuresInRow, this.#patient.function.health.failureThreshold);
    if (++this.#failuresInRow < least) return;
    this.#onVerdict({ kind: "unhealthy", reason: `${this.#failuresInRow} invocations failed in a row` });
  }

  #look(now: number): void {
    this.#judgeWear(now);
    const { inFlight, lastUsedAt } = this.#patient;
    // Also when it was never asked, and once after each use where looks are far apart.
    const isActive = inFlight > 0 || now - lastUsedAt < activeMs || lastUsedAt > this.#askedAt;
    if (isActive && !this.#isAsking && this.#release !== null) void this.#ask(now);
  }

  #judgeWear(now: number): void {
    const { finished, readyAt } = this.#patient;
    const used = { invocations: finished, ageMs: now - readyAt, memoryBytes: this.ownBytes };
    const reason = recycleReason(this.#limits, used);
    if (reason !== null) this.#onVerdict({ kind: "worn", reason });
  }

  async #ask(now: number): Promise<void> {
    this.#isAsking = true;
    this.#askedAt = now;
    this.#watch();
    const usage = await this.#launched.measure();
    this.#isAsking = false;
    this.#endWatch();
    if (usage === null || this.#release === null) return;
    const at = performance.now();
    this.metrics = nextMetrics(this.metrics, usage, at, this.#last);
    this.ownBytes = Math.max(0, usage.memoryBytes - usage.sharedBytes);
    this.#last = { usage, at };
  }

  /** An event loop that stands still does not answer. */
  #watch(): void {
    const { maxEventLoopDelayMs: mostMs } = this.#patient.function.health;
    if (mostMs === 0 || this.#patient.function.entry.kind !== "node") return;
    this.#stuckTimer = setTimeout(() => {
      // Our own loop may have stood still, too: what came meanwhile is read before the next immediate.
      setImmediate(() => {
        if (this.#stuckTimer !== null) {
          this.#onVerdict({ kind: "stuck", reason: `its event loop stood still for ${mostMs} ms` });
        }
      });
    }, mostMs).unref();
  }

  #endWatch(): void {
    if (this.#stuckTimer !== null) clearTimeout(this.#stuckTimer);
    this.#stuckTimer = null;
  }
}

function nextMetrics(
  before: InstanceMetrics,
  usage: Usage,
  at: number,
  last: { readonly usage: Usage; readonly at: number } | null,
): InstanceMetrics {
  const { cpuMs, memoryBytes, eventLoopDelayMs } = usage;
  return {
    // Never negative: a group's time falls when one of its processes ends that nobody waited for.
    cpu: last === null ? before.cpu : Math.max(0, (cpuMs - last.usage.cpuMs) / (at - last.at)),
    memoryBytes,
    // One look a second is a sample; half of the one before smooths it.
    eventLoopDelayMs:
      eventLoopDelayMs === null ? null : (eventLoopDelayMs + (before.eventLoopDelayMs ?? eventLoopDelayMs)) / 2,
  };
}
