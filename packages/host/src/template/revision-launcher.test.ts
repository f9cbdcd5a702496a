import type { FunctionConfig } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import { StartPermits } from "../instance/start-permits.ts";
import type { Launched, LaunchOptions } from "../launcher/launcher.ts";
import { RevisionLauncher } from "./revision-launcher.ts";
import { whyUnavailable } from "./start-template.ts";
import { TemplateStore, type TemplateStoreOptions } from "./template-store.ts";
import { FakeTemplate, fakeFunction, fakeLaunched } from "./testing/fake-template.ts";

interface TestLauncher {
  readonly launcher: RevisionLauncher;
  readonly templates: FakeTemplate[];
  readonly problems: string[];
  readonly load: { isAwaited: boolean };
  /** Starts an instance; resolves with how. */
  start(options?: Partial<LaunchOptions>): Promise<string>;
  /** The template that was started last. */
  last(): FakeTemplate;
}

function createLauncher(
  change: Partial<FunctionConfig> = {},
  store: TemplateStoreOptions = {},
  process: Launched = fakeLaunched("process"),
): TestLauncher {
  const templates: FakeTemplate[] = [];
  const problems: string[] = [];
  const load = { isAwaited: false };
  const fn = fakeFunction(change);
  const launcher = new RevisionLauncher({
    function: fn,
    revision: "r1",
    runtimeDir: () => "/run",
    publicPort: () => 3000,
    store: new TemplateStore({ permits: new StartPermits(), ...store }),
    onProblem: (code, message) => problems.push(`${code} ${message}`),
    isAwaited: () => load.isAwaited,
    startTemplate: (given) => {
      const template = new FakeTemplate(given);
      templates.push(template);
      return template;
    },
    launchProcess: async () => process,
  });
  const options: LaunchOptions = {
    function: fn,
    instance: "app-r1-1",
    runtimeDir: "/run",
    publicPort: 3000,
    onOutput: () => {},
  };
  return {
    launcher,
    templates,
    problems,
    load,
    start: async (extra = {}) => {
      const launched = await launcher.launch({ ...options, ...extra });
      launcher.onReady(launched.start, 10);
      return launched.start;
    },
    last: () => {
      const template = templates.at(-1);
      if (template === undefined) throw new Error("No template was started");
      return template;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One whose template is parked. */
async function createParked(change: Partial<FunctionConfig> = {}): Promise<TestLauncher> {
  const made = createLauncher(change);
  made.launcher.prepare();
  await turn();
  made.last().park();
  await turn();
  return made;
}

describe.skipIf(whyUnavailable() !== null)("RevisionLauncher", () => {
  it("forks from a template that was prepared, and tells of it", async () => {
    const { launcher, start, last } = await createParked();
    expect(launcher.info()).toMatchObject({ state: "parked", reason: null, pid: 4710, forks: 0, sharedLoad: null });
    expect(await start()).toBe("fork");
    expect(last().forks).toBe(1);
    const { forks, forkMs, sharedLoad, memoryBytes } = launcher.info();
    expect([forks, memoryBytes]).toEqual([1, 40 * 2 ** 20]);
    expect(forkMs).toBeLessThan(50);
    expect(sharedLoad).toBeGreaterThan(0.5);
    expect(launcher.expectedMs).toBeLessThan(50);
  });

  it("waits for a template that loads, and goes its own way when that cannot be forked", async () => {
    const { launcher, load, start, last } = createLauncher();
    launcher.prepare();
    await turn();
    load.isAwaited = true;
    const first = start();
    last().park();
    expect(await first).toBe("fork");

    const other = createLauncher();
    const second = other.start();
    other.last().fail();
    expect(await second).toBe("process");
  });

  it("starts a process for requests that wait, and forks what is started beside it", async () => {
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const { load, start, last, templates } = createLauncher({}, {}, fakeLaunched("process", { ready }));
    load.isAwaited = true;
    expect(await start()).toBe("process");
    const second = start();
    expect(templates).toHaveLength(1);
    last().park();
    expect(await second).toBe("fork");
    resolve();
  });

  it("builds a template after an instance had to do without one", async () => {
    const { load, start, last, templates } = createLauncher();
    load.isAwaited = true;
    expect(await start()).toBe("process");
    await turn();
    expect(templates).toHaveLength(1);
    last().park();
    await turn();
    expect(await start()).toBe("fork");
  });

  it("forks at once what nobody waits for, from a template begun for it", async () => {
    const { start, last } = createLauncher();
    const starts = [start(), start()];
    last().park();
    expect(await Promise.all(starts)).toEqual(["fork", "fork"]);
  });

  const refusal = (code: string, syscall: string): Error =>
    Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

  it.each([refusal("ENOMEM", "fork"), refusal("EAGAIN", "sendmsg"), refusal("ESRCH", "fork")])(
    "starts a process where a fork is refused with %o, and fails where there must be a fork",
    async (error) => {
      const auto = await createParked();
      auto.last().refusal = error;
      expect(await auto.start()).toBe("process");
      const fork = await createParked({ start: "fork" });
      fork.last().refusal = error;
      await expect(fork.start()).rejects.toMatchObject({ code: "TIDEGATE_INSTANCE_LAUNCH_FAILED" });
    },
  );

  it.each([
    [refusal("EAGAIN", "fork"), "limit of processes"],
    [refusal("EAGAIN", "vfork"), "limit of processes"],
    [refusal("EMFILE", "socketpair"), "ulimit -n"],
  ])("starts no process where there is none to be had either: %o", async (error, says) => {
    const auto = await createParked();
    auto.last().refusal = error;
    await expect(auto.start()).rejects.toMatchObject({
      code: "TIDEGATE_INSTANCE_LAUNCH_FAILED",
      message: expect.stringContaining(says),
    });
    auto.last().refusal = null;
    expect(await auto.start()).toBe("fork");
  });

  it.each<[name: string, change: Partial<FunctionConfig>, reason: string]>([
    ["start: process", { start: "process" }, 'its setting is "start: process"'],
    ["a command", { entry: { kind: "command", command: ["python3"] } }, "its entry is a command"],
    ["a debugger", { entry: { kind: "node", file: "/a.js", nodeArgs: ["--inspect"] } }, "debuggers"],
  ])("starts processes for %s, and says why", async (_name, change, reason) => {
    const { launcher, templates, start, problems } = createLauncher(change);
    launcher.prepare();
    expect(await start()).toBe("process");
    expect(templates).toHaveLength(0);
    expect(launcher.info()).toMatchObject({ state: "none", reason: expect.stringContaining(reason), pid: null });
    expect(problems).toEqual([]);
  });

  it("refuses with the reason and its place where there must be a fork", async () => {
    const { start, last } = createLauncher({ start: "fork" });
    const started = start();
    last().fail({ place: { file: "/app/db.js", line: 3, column: 1 } });
    await expect(started).rejects.toMatchObject({
      code: "TIDEGATE_FORK_UNAVAILABLE",
      message: 'Cannot fork instance "app-r1-1" of function "app": it opened a pipe, at /app/db.js:3',
    });
  });

  it("tells once that an app cannot be forked, when a process of it works", async () => {
    const { start, last, problems, templates, launcher } = createLauncher();
    const started = start();
    last().fail({ place: { file: "/app/db.js", line: 3, column: 1 } });
    await started;
    await start();
    launcher.prepare();
    await turn();
    expect(problems).toEqual([
      'TIDEGATE_FORK_UNFIT Instances of function "app" are plain processes: it opened a pipe, at /app/db.js:3',
    ]);
    expect(templates).toHaveLength(1);
  });

  it("tries an app again that failed by itself, once a process of it works", async () => {
    const { start, last, problems, templates } = createLauncher();
    const started = start();
    last().fail({ isOwnFault: true });
    await started;
    await turn();
    expect(templates).toHaveLength(2);
    expect(problems).toEqual([]);
    last().park();
    await turn();
    expect(await start()).toBe("fork");
  });

  it("loads an app again that failed by itself where there must be a fork, and tells what it wrote", async () => {
    const { start, last, templates } = createLauncher({ start: "fork" });
    const lines: string[] = [];
    const onOutput = (_stream: "stdout" | "stderr", line: string): void => void lines.push(line);
    const reason = "it ended with exit code 1 while it loaded the app";
    for (let count = 1; count <= 2; count++) {
      const started = start({ onOutput });
      await turn();
      last().fail({ reason, isOwnFault: true, lastWords: ["Error: no database", "    at db.js:3"] });
      await expect(started).rejects.toMatchObject({ message: expect.stringContaining(reason) });
      expect(templates).toHaveLength(count);
      expect(lines.splice(0)).toEqual(["Error: no database", "    at db.js:3"]);
    }
    const started = start();
    await turn();
    last().park();
    expect(await started).toBe("fork");
  });

  it("tells what an app wrote that failed only as long as it fails", async () => {
    const { launcher, start, last } = createLauncher({ start: "fork" });
    const lines: string[] = [];
    launcher.prepare();
    await turn();
    last().fail({ reason: "it ended with exit code 1", isOwnFault: true, lastWords: ["Error: no database"] });
    await turn();
    const started = start({ onOutput: (_stream, line) => lines.push(line) });
    last().lose();
    await expect(started).rejects.toMatchObject({ message: expect.stringContaining("ended by SIGKILL") });
    expect(lines).toEqual([]);
  });

  it("leaves out the warm-up requests that a template cannot answer", async () => {
    const { launcher, start, templates, last } = createLauncher({ warmUp: ["/a", "/b", "/c"] });
    const started = start();
    last().fail({ warmUp: { path: "/b", index: 1, reason: "GET /b would connect to db:5432" } });
    await turn();
    last().park();
    expect(await started).toBe("fork");
    expect(templates.map(({ function: { warmUp } }) => warmUp)).toEqual([["/a", "/b", "/c"], ["/a"]]);
    expect(launcher.info().point?.warmUp).toEqual({ asked: 3, done: 0, leftOut: "GET /b would connect to db:5432" });
  });

  it("gives up forking when only forked instances crash", async () => {
    const { launcher, start, last, problems } = await createParked();
    const template = last();
    const crash = { start: "fork", wasReady: true, hasWorked: false, isTimeout: false, hadProcess: true } as const;
    for (let count = 0; count < 3; count++) launcher.failures.onFailed({ ...crash, signal: "SIGSEGV" }, 0);
    expect(await start()).toBe("process");
    expect(problems).toEqual([
      'TIDEGATE_FORK_ABANDONED Function "app" is not forked any more: 3 forked instances failed, and a plain process works',
    ]);
    expect(template.isStopped).toBe(true);
    expect(await start()).toBe("process");
    expect(launcher.info()).toMatchObject({
      state: "dropped",
      reason: "forked instances failed where plain processes do not",
    });
  });

  it("builds another template when one is killed, later each time", async () => {
    const { launcher, templates, last, load, start } = await createParked();
    last().lose();
    await turn();
    expect(launcher.info()).toMatchObject({ state: "none", reason: "its process ended", pid: null });
    load.isAwaited = true;
    expect(await start()).toBe("process");
    expect(templates).toHaveLength(1);
    await expect.poll(() => templates.length, { timeout: 2_000 }).toBe(2);
    last().park();
    await turn();
    expect(await start()).toBe("fork");
  });

  it("has the template learn once what its own instances touch", async () => {
    const { launcher, start, last } = await createParked();
    await start();
    await start();
    launcher.onFirstAnswer(FakeTemplate.firstPid + 3);
    expect(last().learned).toEqual([]);
    launcher.onFirstAnswer(FakeTemplate.firstPid + 2);
    launcher.onFirstAnswer(FakeTemplate.firstPid + 1);
    expect(last().learned).toEqual([FakeTemplate.firstPid + 2]);
  });

  it("ends with its template, and starts nothing that waits for it", async () => {
    const { launcher, start, last, templates } = createLauncher();
    const started = start();
    await launcher.close();
    await expect(started).rejects.toThrow("not wanted any more");
    expect(last().isStopped).toBe(true);
    launcher.prepare();
    await turn();
    expect(templates).toHaveLength(1);
  });

  it("lets a start go that is not wanted any more", async () => {
    const { start } = createLauncher();
    const canceled = new AbortController();
    const started = start({ signal: canceled.signal });
    canceled.abort();
    await expect(started).rejects.toThrow("not wanted any more");
  });

  it("does without a template where there is no memory for one", async () => {
    const { launcher, start, templates } = createLauncher({}, { hasMemory: () => false });
    launcher.prepare();
    await turn();
    expect(await start()).toBe("process");
    expect(templates).toHaveLength(0);
    expect(launcher.info()).toMatchObject({ state: "none", reason: "there is no memory for it" });
  });
});
