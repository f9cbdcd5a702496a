import { expect, test } from "vitest";
import { type ReleasePermit, StartPermits } from "./start-permits.ts";

const never = new AbortController().signal;

/** Asks for a permit, and writes down when it comes. */
function ask(permits: StartPermits, name: string, granted: string[], signal = never): Promise<ReleasePermit | null> {
  return permits.acquire(name, signal).then((release) => {
    granted.push(release === null ? `${name}: none` : name);
    return release;
  });
}

test("StartPermits grants up to the limit, and the first start of a function beyond", async () => {
  const permits = new StartPermits(2);
  const granted: string[] = [];
  const first = await ask(permits, "a", granted);
  await ask(permits, "a", granted);
  const third = ask(permits, "a", granted);
  await ask(permits, "b", granted);
  await ask(permits, "c", granted);
  const last = ask(permits, "d", granted);
  await Promise.resolve();
  expect(granted).toEqual(["a", "a", "b", "c"]);
  expect(permits.taken).toBe(4);
  first?.();
  first?.(); // once is all
  await last;
  expect(granted).toEqual(["a", "a", "b", "c", "d"]);
  expect(await Promise.race([third, "waits"])).toBe("waits");
});

test("StartPermits lets functions take turns", async () => {
  const permits = new StartPermits(1);
  const granted: string[] = [];
  const releases: (ReleasePermit | null)[] = [];
  const asked = ["a", "a", "a", "a", "b", "b"].map(async (name) => {
    const release = await ask(permits, name, granted);
    releases.push(release);
  });
  for (let turn = 0; turn < asked.length; turn++) {
    while (releases.length === 0) await new Promise((resolve) => setImmediate(resolve));
    releases.shift()?.();
  }
  await Promise.all(asked);
  expect(granted).toEqual(["a", "b", "a", "b", "a", "a"]);
  expect(permits.taken).toBe(0);
});

test("StartPermits takes a permit back from a start that hangs", async () => {
  const permits = new StartPermits(1, 20);
  const granted: string[] = [];
  const hanging = await ask(permits, "a", granted);
  await ask(permits, "a", granted);
  hanging?.();
  expect(permits.taken).toBe(1);
});

test("StartPermits forgets who waits no longer", async () => {
  const permits = new StartPermits(1);
  const granted: string[] = [];
  const release = await ask(permits, "a", granted);
  const gone = new AbortController();
  const waiting = ask(permits, "a", granted, gone.signal);
  gone.abort();
  expect(await waiting).toBeNull();
  release?.();
  expect(permits.taken).toBe(0);
});

test("StartPermits lets work that nobody waits for begin when nothing wants to start, and hold up no first start", async () => {
  const permits = new StartPermits(1);
  const granted: string[] = [];
  const first = await ask(permits, "a", granted);
  const idle = permits.acquireIdle(never).then((release) => {
    granted.push("idle");
    return release;
  });
  const second = ask(permits, "a", granted);
  first?.();
  const release = await second;
  expect(granted).toEqual(["a", "a"]);
  release?.();
  await idle;
  await ask(permits, "a", granted);
  expect(granted).toEqual(["a", "a", "idle", "a"]);
});

test("StartPermits forgets work that is not wanted any more", async () => {
  const permits = new StartPermits(1);
  const release = await permits.acquireIdle(never);
  const gone = new AbortController();
  const waiting = permits.acquireIdle(gone.signal);
  gone.abort();
  expect(await waiting).toBeNull();
  expect(await permits.acquireIdle(gone.signal)).toBeNull();
  release?.();
  expect(permits.taken).toBe(0);
});
