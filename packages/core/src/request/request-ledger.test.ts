import { describe, expect, it } from "vitest";
import {
  holdsSlot,
  isEnded,
  isHeld,
  isReached,
  isSent,
  isTunnel,
  mayReplay,
  newRequest,
  phaseOf,
  type RequestEvent,
  type RequestState,
  replaysOf,
  requestEffect,
  requestEvent,
  requestPhase,
  requestStateMask,
  stepRequest,
} from "./request-ledger.ts";

const events = Object.entries(requestEvent) as [keyof typeof requestEvent, RequestEvent][];
const kinds = [true, false].flatMap((isIdempotent) => [true, false].map((sent) => ({ isIdempotent, isSent: sent })));

/** What the world around a request knows of it, beside its state. */
interface World {
  readonly state: RequestState;
  readonly isIdempotent: boolean;
  readonly isQueued: boolean;
  /** Instance whose slot it holds; -1 for none. */
  readonly slotOf: number;
  /** Instance that failed it last; -1 for none. */
  readonly failedBy: number;
  readonly slotsTaken: number;
  readonly slotsGiven: number;
  readonly records: number;
  readonly responses: number;
  /** Bytes of a response went to the client. */
  readonly hasBegun: boolean;
  /** It was sent again after something of it may have reached an instance. */
  readonly reachedReplays: number;
  readonly unreachedReplays: number;
  readonly isReplayDue: boolean;
}

const instances = [0, 1];

const keyOf = (world: World): string => JSON.stringify(world);

/** All that can happen next, to any instance. */
function successors(world: World): World[] {
  return events.flatMap(([, event]) => {
    const choices = event === requestEvent.grant ? instances.filter((one) => one !== world.failedBy) : [-1];
    return choices.flatMap((instance) => {
      const next = apply(world, event, instance);
      return next === null ? [] : [next];
    });
  });
}

/** What one event makes of the world; null when it cannot happen. Fails where a promise is broken. */
function apply(world: World, event: RequestEvent, instance: number): World | null {
  let stepped: number;
  try {
    stepped = stepRequest(world.state, event);
  } catch {
    return null;
  }
  const state = stepped & requestStateMask;
  const has = (effect: number): boolean => (stepped & effect) !== 0;
  const wasDispatched = phaseOf(world.state) === requestPhase.dispatched;
  expect(isEnded(world.state), "nothing happens after the end").toBe(false);
  if (has(requestEffect.release)) expect(world.slotOf, "a slot is released that is held").not.toBe(-1);
  if (has(requestEffect.leaveQueue)) expect(world.isQueued, "who leaves the queue stands in it").toBe(true);
  if (has(requestEffect.answer)) expect(world.hasBegun, "an error is no second response").toBe(false);
  if (has(requestEffect.breakOff)) expect(world.hasBegun, "what is broken off has begun").toBe(true);
  if (has(requestEffect.replay)) {
    expect(world.hasBegun, "after the first byte it is never sent again").toBe(false);
    expect(isHeld(world.state), "what is sent again is all there").toBe(true);
    if (isReached(world.state)) expect(world.isIdempotent, "what may have been carried out is idempotent").toBe(true);
    expect(event, "replays are paid for by the budget").toBe(requestEvent.lose);
  }
  const isGranted = event === requestEvent.grant;
  const begins = event === requestEvent.head || event === requestEvent.upgrade;
  const isLost = wasDispatched && has(requestEffect.release) && event !== requestEvent.leave;
  return {
    state,
    isIdempotent: world.isIdempotent,
    isQueued:
      event === requestEvent.queue ||
      (world.isQueued && !isGranted && !has(requestEffect.leaveQueue) && !isEnded(state)),
    slotOf: isGranted ? instance : has(requestEffect.release) ? -1 : world.slotOf,
    failedBy: isLost ? world.slotOf : world.failedBy,
    slotsTaken: world.slotsTaken + Number(isGranted),
    slotsGiven: world.slotsGiven + Number(has(requestEffect.release)),
    records: world.records + Number(has(requestEffect.record)),
    responses: world.responses + Number(begins || has(requestEffect.answer) || event === requestEvent.answer),
    hasBegun: world.hasBegun || begins,
    reachedReplays: world.reachedReplays + Number(has(requestEffect.replay) && isReached(world.state)),
    unreachedReplays: world.unreachedReplays + Number(has(requestEffect.replay) && !isReached(world.state)),
    isReplayDue: has(requestEffect.replay) || (world.isReplayDue && phaseOf(state) === requestPhase.pausing),
  };
}

/** Every world that any sequence of events leads to, with those that follow each. */
function explore(): Map<string, { world: World; next: readonly string[] }> {
  const seen = new Map<string, { world: World; next: readonly string[] }>();
  const open: World[] = kinds.map((kind) => ({
    state: newRequest(kind),
    isIdempotent: kind.isIdempotent,
    isQueued: false,
    slotOf: -1,
    failedBy: -1,
    slotsTaken: 0,
    slotsGiven: 0,
    records: 0,
    responses: 0,
    hasBegun: false,
    reachedReplays: 0,
    unreachedReplays: 0,
    isReplayDue: false,
  }));
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    if (seen.has(keyOf(world))) continue;
    const next = isEnded(world.state) ? [] : successors(world);
    seen.set(keyOf(world), { world, next: next.map(keyOf) });
    open.push(...next);
  }
  return seen;
}

describe("a request, through all states, events and faults", () => {
  const reached = explore();
  const worlds = [...reached.values()].map(({ world }) => world);

  it("has a finite, not a small number of ways to go", () => {
    expect(worlds.length).toBeGreaterThan(1_000);
    expect(new Set(worlds.map(({ state }) => phaseOf(state)))).toEqual(new Set(Object.values(requestPhase)));
  });

  it("ends once, and is recorded exactly then", () => {
    for (const { state, records } of worlds) expect(records).toBe(isEnded(state) ? 1 : 0);
  });

  it("holds a slot while it is dispatched or answered, and gives each back exactly once", () => {
    for (const { state, slotOf, slotsTaken, slotsGiven } of worlds) {
      expect(holdsSlot(state)).toBe(slotOf !== -1);
      expect(slotsTaken - slotsGiven).toBe(slotOf === -1 ? 0 : 1);
    }
  });

  it("stands in the queue exactly while it is queued", () => {
    for (const { state, isQueued } of worlds) expect(isQueued).toBe(phaseOf(state) === requestPhase.queued);
  });

  it("has one response at most", () => {
    for (const { responses } of worlds) expect(responses).toBeLessThanOrEqual(1);
  });

  it("is sent again once after it reached an instance, five times before, and not to whom just failed it", () => {
    for (const { state, reachedReplays, unreachedReplays } of worlds) {
      expect(reachedReplays).toBeLessThanOrEqual(1);
      expect(unreachedReplays).toBeLessThanOrEqual(5);
      expect(replaysOf(state)).toBe(reachedReplays + unreachedReplays);
    }
    expect(Math.max(...worlds.map(({ state }) => replaysOf(state)))).toBe(6);
  });

  it("waits for a replay exactly while it pauses", () => {
    for (const { state, isReplayDue } of worlds) expect(isReplayDue).toBe(phaseOf(state) === requestPhase.pausing);
  });

  it("can reach an end from everywhere, also without its client's doing", () => {
    const alive = new Set(worlds.filter(({ state }) => isEnded(state)).map(keyOf));
    for (let size = -1; size !== alive.size; ) {
      size = alive.size;
      for (const [key, { next }] of reached) if (next.some((each) => alive.has(each))) alive.add(key);
    }
    expect(alive.size).toBe(reached.size);
  });

  it("ends when its client leaves, in whatever state, but when its connections are joined: then their end is its own", () => {
    for (const { state } of worlds.filter((world) => !isEnded(world.state))) {
      const leaves = (): number => stepRequest(state, requestEvent.leave);
      if (isTunnel(state)) expect(leaves).toThrow();
      else expect(isEnded(leaves() & requestStateMask)).toBe(true);
    }
  });

  it("says beforehand whether it may be sent again", () => {
    for (const { state } of worlds.filter((world) => phaseOf(world.state) === requestPhase.dispatched)) {
      const lost = stepRequest(state, requestEvent.lose);
      expect((lost & requestEffect.replay) !== 0).toBe(mayReplay(state));
      expect(stepRequest(state, requestEvent.loseForGood) & requestEffect.replay).toBe(0);
      expect(stepRequest(state, requestEvent.invalid) & requestEffect.replay).toBe(0);
    }
  });

  it("refuses what cannot happen, and says what it was", () => {
    const done = stepRequest(newRequest({ isIdempotent: true, isSent: true }), requestEvent.answer) & requestStateMask;
    for (const [, event] of events) expect(() => stepRequest(done, event)).toThrow();
    expect(() => stepRequest(done, requestEvent.head)).toThrow('Cannot step a request: "head" in phase "done"');
  });
});

describe("the course of a request", () => {
  const run = (kind: { isIdempotent: boolean; isSent: boolean }, ...steps: (keyof typeof requestEvent)[]): number =>
    steps.reduce((state, name) => stepRequest(state & requestStateMask, requestEvent[name]), newRequest(kind));
  const get = { isIdempotent: true, isSent: true };
  const post = { isIdempotent: false, isSent: true };
  const upload = { isIdempotent: false, isSent: false };
  const { abort, answer, breakOff, leaveQueue, record, release, replay } = requestEffect;

  const courses: {
    name: string;
    kind: typeof get;
    steps: (keyof typeof requestEvent)[];
    phase: keyof typeof requestPhase;
    effects: number;
  }[] = [
    { name: "served", kind: get, steps: ["grant", "head", "complete"], phase: "done", effects: release | record },
    { name: "refused", kind: get, steps: ["refuse"], phase: "failed", effects: answer | record },
    { name: "left while queued", kind: get, steps: ["queue", "leave"], phase: "failed", effects: leaveQueue | record },
    {
      name: "left while served",
      kind: get,
      steps: ["grant", "leave"],
      phase: "failed",
      effects: abort | release | record,
    },
    {
      name: "lost after it arrived",
      kind: get,
      steps: ["grant", "connect", "lose"],
      phase: "pausing",
      effects: release | replay,
    },
    {
      name: "lost twice",
      kind: get,
      steps: ["grant", "connect", "lose", "grant", "connect", "lose"],
      phase: "failed",
      effects: release | answer | record,
    },
    {
      name: "a POST lost after it arrived",
      kind: post,
      steps: ["grant", "connect", "lose"],
      phase: "failed",
      effects: release | answer | record,
    },
    {
      name: "a POST lost before it arrived",
      kind: post,
      steps: ["grant", "lose"],
      phase: "pausing",
      effects: release | replay,
    },
    {
      name: "an upload too large to keep, lost before it arrived",
      kind: upload,
      steps: ["grant", "overflow", "lose"],
      phase: "failed",
      effects: release | answer | record,
    },
    {
      name: "lost in its response",
      kind: get,
      steps: ["grant", "head", "lose"],
      phase: "failed",
      effects: release | breakOff | record,
    },
    {
      name: "answered before it was sent",
      kind: upload,
      steps: ["grant", "head", "complete"],
      phase: "unread",
      effects: release,
    },
    { name: "then sent", kind: upload, steps: ["grant", "head", "complete", "sent"], phase: "done", effects: record },
    {
      name: "then its instance is gone",
      kind: upload,
      steps: ["grant", "head", "complete", "lose"],
      phase: "unread",
      effects: 0,
    },
    {
      name: "then left",
      kind: upload,
      steps: ["grant", "head", "complete", "leave"],
      phase: "done",
      effects: abort | record,
    },
    { name: "joined", kind: get, steps: ["grant", "upgrade", "complete"], phase: "done", effects: release | record },
    {
      name: "too late",
      kind: get,
      steps: ["grant", "giveUp"],
      phase: "failed",
      effects: abort | release | answer | record,
    },
    {
      name: "stalled",
      kind: get,
      steps: ["grant", "head", "giveUp"],
      phase: "failed",
      effects: abort | release | breakOff | record,
    },
  ];
  it.each(courses)("$name", ({ kind, steps, phase, effects }) => {
    const end = run(kind, ...steps);
    expect(phaseOf(end)).toBe(requestPhase[phase]);
    expect(end & ~requestStateMask).toBe(effects);
  });

  it("notes what else matters", () => {
    expect(isSent(run(upload))).toBe(false);
    expect(isSent(run(upload, "sent"))).toBe(true);
    expect(isHeld(run(upload, "overflow"))).toBe(false);
    expect(isReached(run(get, "grant", "connect"))).toBe(true);
    expect(isReached(run(get, "grant", "connect", "lose", "grant"))).toBe(false);
  });
});
