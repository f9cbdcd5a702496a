import type { Policy } from "../policy/policy.ts";
import { remember, type Wanted } from "../wanted.ts";
import { TideHistory } from "./tide-history.ts";

export interface TideState {
  readonly wanted: readonly Wanted[];
}

const holdMs = 6_000;

export const tide: Policy<TideHistory, TideState> = {
  createHistory(_config, before) {
    return before ?? new TideHistory();
  },

  decide(config, { inFlight, queued, ready, starting, frozen }, history, state, now) {
    const load = inFlight + queued;
    const current = ready + starting + frozen;
    const { lastActiveAt } = history;
    const idleMs = lastActiveAt === null ? null : now - lastActiveAt;
    const isIdle = load === 0 && (lastActiveAt === null || lastActiveAt + config.idleTimeoutMs <= now);
    const need = Math.ceil(load / config.concurrency);
    const wanted = isIdle ? [] : remember(state?.wanted ?? [], { instances: need, at: now }, holdMs);
    const [most] = wanted;
    const kept = isIdle ? 0 : Math.max(most?.instances ?? 0, Math.min(1, current));
    const desired = Math.min(Math.max(kept, config.minInstances, config.provisioned), config.maxInstances);
    const holdEnds = most === undefined || most.instances <= need ? Infinity : most.at + holdMs;
    const idleEnds = isIdle || load > 0 || lastActiveAt === null ? Infinity : lastActiveAt + config.idleTimeoutMs;
    const nextAt = Math.min(holdEnds, idleEnds);
    return {
      desired,
      frozen: 0,
      reason: { code: "idle", idleMs, minInstances: config.minInstances },
      nextAt: nextAt === Infinity ? null : nextAt,
      decideAbove: desired === config.maxInstances ? Infinity : desired * config.concurrency,
      state: { wanted },
    };
  },
};
