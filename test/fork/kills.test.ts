import type { InstanceInfo } from "@tidegate/core";
import { afterAll, describe, expect, type TestContext, test, vi } from "vitest";
import { ask, isAlive, until } from "../takeover/cli-host.ts";
import { canFork } from "./can-fork.ts";
import {
  allGone,
  descriptorsOf,
  isNode,
  killNow,
  processes,
  startWorld,
  type World,
  zombiesOf,
} from "./kills-world.ts";

// Many processes start and end, and an instance is frozen only after some seconds.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000, maxConcurrency: 4 });

type Victim = "template" | "instance" | "host";

const victims: readonly Victim[] = ["template", "instance", "host"];

/** Every order of one, two or all three. */
const orders: readonly (readonly Victim[])[] = orderings(victims);

function orderings(left: readonly Victim[]): Victim[][] {
  return left.flatMap((first) => [
    [first],
    ...orderings(left.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  ]);
}

async function world(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  ...args: Parameters<typeof startWorld>
): Promise<World> {
  const started = await startWorld(...args);
  onTestFinished(() => started.cli.destroy());
  return started;
}

/** Worlds of the default settings: the start of a host costs more than most of what is tried on it. */
const worlds: Set<World> = new Set();
const idleWorlds: World[] = [];
afterAll(async () => {
  try {
    await Promise.all(idleWorlds.map(expectCleanEnd));
  } finally {
    for (const { cli } of worlds) await cli.destroy();
  }
});

/** Tries something on a world that has recovered from whatever was tried on it before. */
function onAnyWorld<Rest extends unknown[]>(
  story: (app: World, ...rest: Rest) => Promise<void>,
): (...rest: Rest) => Promise<void> {
  return async (...rest) => {
    const app = idleWorlds.pop() ?? (await startWorld());
    worlds.add(app);
    await story(app, ...rest);
    idleWorlds.push(app);
  };
}

/** Requests are served, new instances are forked, and nothing is left of what was before. */
async function expectRecovered(app: World, before: readonly number[]): Promise<void> {
  expect(before).not.toContain(await app.served());
  await app.parked();
  await forked(app, before);
  const { hostPid } = await app.told();
  await allGone(before);
  await until(() => zombiesOf([hostPid, process.pid]).length === 0);
}

/** Resolves once there is a forked instance that was not there before: those started without the template are plain. */
async function forked(app: World, before: readonly number[] = []): Promise<void> {
  const isNew = ({ start, pid }: InstanceInfo): boolean => start === "fork" && !before.includes(pid ?? 0);
  await until(async () => {
    if ((await app.told()).instances.some(isNew)) return true;
    await Promise.all(Array.from({ length: 6 }, () => app.served("/?ms=200")));
    return false;
  });
}

/** Ends the host that serves now as an operator would: nothing of the function is left. */
async function expectCleanEnd(app: World): Promise<void> {
  const { hostPid } = await app.told();
  process.kill(hostPid, "SIGTERM");
  await until(async () => (await app.cli.processes()).length === 0);
  // Its own sockets are gone; those of a host that was killed stay where they are, and nobody has them open.
  for (const file of await app.cli.leftFiles()) expect(file).not.toContain(`${hostPid}`);
}

// First, since it takes longest, and waits nearly all of the time.
const leaveBehind = onAnyWorld(async (app) => {
  await app.parked();
  const { hostPid } = await app.told();
  const pid = await app.served("/left-behind");
  const left = processes().filter(({ parent }) => parent === pid);
  expect(left).toHaveLength(1);
  killNow(pid);
  await expectRecovered(app, [pid]);
  // The host looks for what nobody waits for every ten seconds, and takes what it finds twice.
  await vi.waitFor(() => expect(processes().filter(({ pid }) => left.some((child) => child.pid === pid))).toEqual([]), {
    timeout: 60_000,
    interval: 200,
  });
  await until(() => zombiesOf([hostPid]).length === 0);
});
test
  .skipIf(!canFork)
  .concurrent(
    "an instance that is killed leaves a process behind that wanted to live on: when that ends, no zombie stays",
    () => leaveBehind(),
  );

const kills = [
  // It takes seconds until one is frozen.
  { state: "frozen", orders: orders.filter((order) => order.length === 3 || order.join() === "instance") },
  { state: "ready", orders },
] as const;

describe.skipIf(!canFork).concurrent.each(kills)("kill -9 at once, with the instance $state", ({ state, orders }) => {
  const named = orders.map((order) => ({ name: order.join(", then "), order }));
  const kill = onAnyWorld(async (app, order: readonly Victim[]) => {
    await app.served();
    const template = await app.parked();
    await app.instance("ready");
    await forked(app);
    if (state === "frozen") await app.instance("frozen");
    const { hostPid } = await app.told();
    const kept = order.includes("host") ? [] : [hostPid];
    const doomed = {
      template: [template],
      instance: (await app.told()).instances.map(({ pid }) => pid ?? 0),
      host: [hostPid],
    };
    for (const victim of order) for (const pid of doomed[victim]) killNow(pid);
    const killed = order.flatMap((victim) => doomed[victim]);
    if (order.includes("host")) {
      // Nothing survives its host.
      await allGone([...Object.values(doomed).flat()]);
      await until(async () => (await app.cli.processes()).length === 0);
      await app.startAgain();
    } else await allGone(killed);
    expect(kept.every(isAlive)).toBe(true);
    if (order.includes("instance") || order.includes("host")) await expectRecovered(app, killed);
    else expect(await app.served()).toBeGreaterThan(0);
    await app.parked();
  });
  test.for(named)("$name", ({ order }) => kill(order));
});

describe.skipIf(!canFork).concurrent("a template that is killed", () => {
  const slowLoad = "const end = Date.now() + 1500; while (Date.now() < end);\n";

  test("while it loads: who waits for it is served by a process of its own", async (context) => {
    const app = await world(context, [], slowLoad);
    const waiting = app.served();
    await until(async () => (await app.told()).template.state === "loading");
    const { template } = await app.told();
    killNow(template.pid ?? 0);
    expect(await waiting).toBeGreaterThan(0);
    await allGone([template.pid ?? 0]);
    await expectRecovered(app, [template.pid ?? 0]);
    await expectCleanEnd(app);
  });

  test("while it loads, with its host: nothing goes on loading", async (context) => {
    const app = await world(context, [], slowLoad);
    const waiting = app.served().catch(() => null);
    await until(async () => (await app.told()).template.state === "loading");
    const { template, hostPid } = await app.told();
    killNow(hostPid);
    expect(await waiting).toBeNull();
    await allGone([hostPid, template.pid ?? 0]);
    await until(async () => (await app.cli.processes()).length === 0);
    await app.startAgain();
    await expectRecovered(app, [hostPid]);
    await expectCleanEnd(app);
  });

  const inBurst = onAnyWorld(async (app) => {
    const template = await app.parked();
    const answers = Array.from({ length: 40 }, () => app.served("/?ms=100"));
    await app.instance("starting").catch(() => null);
    killNow(template);
    expect((await Promise.all(answers)).every((pid) => pid > 0)).toBe(true);
    await allGone([template]);
    await expectRecovered(app, [template]);
  });
  test("in the middle of a burst: every request is answered", () => inBurst());

  test("again and again while requests come: all are answered, and its host keeps nothing of it", async (context) => {
    const app = await world(context);
    await app.parked();
    await app.served();
    const { hostPid } = await app.told();
    const round = async (): Promise<void> => {
      const template = await app.parked();
      const answers = [app.served("/?ms=50"), app.served("/?ms=50"), app.served("/?ms=50")];
      killNow(template);
      await Promise.all(answers);
      await allGone([template]);
    };
    await round();
    await app.parked();
    const before = descriptorsOf(hostPid);
    // Each time the next template is built later.
    for (let count = 0; count < 2; count++) await round();
    await app.parked();
    await until(() => zombiesOf([hostPid]).length === 0);
    // Connections to instances come and go; those of templates would be five a round.
    await until(() => descriptorsOf(hostPid) < before + 8);
    await expectCleanEnd(app);
  });
});

describe.skipIf(!canFork).concurrent("an instance that is killed", () => {
  test("in the middle of a burst: requests that may be sent again are answered by others", async (context) => {
    const app = await world(context);
    await app.parked();
    const answers = Array.from({ length: 30 }, () => app.served("/?ms=200"));
    const { pid } = await app.instance("ready");
    killNow(pid ?? 0);
    expect(await Promise.all(answers)).not.toContain(pid);
    await allGone([pid ?? 0]);
    await expectRecovered(app, [pid ?? 0]);
    await expectCleanEnd(app);
  });

  const alongWithChild = onAnyWorld(async (app) => {
    await app.parked();
    const pid = await app.served("/child");
    const children = processes().filter(({ parent }) => parent === pid);
    expect(children).toHaveLength(1);
    killNow(pid);
    await allGone([pid, ...children.map((child) => child.pid)]);
    await expectRecovered(app, [pid]);
  });
  test("takes the processes it started along", () => alongWithChild());

  test("ten times: its host keeps no socket, no descriptor and no process of it", async (context) => {
    const app = await world(context, ["start: fork"], "", 1);
    await app.parked();
    const { hostPid } = await app.told();
    const round = async (): Promise<void> => {
      const pid = await app.served();
      expect((await app.told()).instances).toContainEqual(expect.objectContaining({ pid, start: "fork" }));
      killNow(pid);
      await allGone([pid]);
      await until(async () => (await app.told()).instances.every((each) => each.pid !== pid));
    };
    await round();
    const before = descriptorsOf(hostPid);
    for (let count = 0; count < 9; count++) await round();
    // The child ahead, which may not be there yet at the first look, has four; one left behind each time would be nine more.
    await until(() => descriptorsOf(hostPid) <= before + 8);
    const alive = (await app.told()).instances.map(({ instance }) => instance);
    const sockets = (await app.cli.leftFiles()).flatMap((file) => /app-r1-\d+/.exec(file) ?? []);
    expect(alive).toEqual(expect.arrayContaining(sockets));
    await expectCleanEnd(app);
  });
});

test
  .skipIf(!canFork)
  .concurrent("the child that is held ahead is killed: the next instance starts without it", async (context) => {
    const app = await world(context);
    const template = await app.parked();
    const { hostPid } = await app.told();
    const answered = await app.served();
    const isHeld = (pid: number): boolean => pid !== template && pid !== answered;
    const held = (): number[] =>
      processes()
        .filter(({ pid, parent, state }) => parent === hostPid && isHeld(pid) && state !== "Z" && isNode(pid))
        .map(({ pid }) => pid);
    for (let count = 0; count < 3; count++) {
      for (const pid of held()) killNow(pid);
      expect(await Promise.all([app.served("/?ms=50"), app.served("/?ms=50")])).toHaveLength(2);
    }
    await until(() => zombiesOf([hostPid]).length === 0);
    expect(await ask(app.url)).toMatch(/^\d+$/);
    await expectCleanEnd(app);
  });
