import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { canFork } from "./can-fork.ts";
import { type Run, run } from "./parity/run-both.ts";

const variants = [
  { name: "forked when it listens", args: ["late"] },
  { name: "forked in the middle of its load", args: ["early"] },
];

describe.skipIf(!canFork).each(variants)("a program sees the same as in a process of its own, $name", ({ args }) => {
  let plain: Run;
  let forked: Run;
  beforeAll(async () => {
    plain = await run("app.cjs", args, "process");
    forked = await run("app.cjs", args, "fork");
    await Promise.all([plain.ask("/ticks"), forked.ask("/ticks")]);
  });
  afterAll(() => Promise.all([plain.stop(), forked.stop()]));

  const rows = [
    { name: "arguments, environment, folder and settings of the process", path: "/process" },
    { name: "its modules", path: "/modules" },
    { name: "functions it took before the fork", path: "/captured" },
    { name: "listeners, handles and resources", path: "/listeners" },
    { name: "standard streams and open files", path: "/stdio" },
    { name: "blocked and ignored signals", path: "/signals" },
    { name: "limits", path: "/limits" },
    { name: "errors and their stacks", path: "/errors" },
    { name: "timers set at load", path: "/ticks" },
  ];
  it.each(rows)("$name", async ({ path }) => {
    expect(forked.host.instances()).toMatchObject([{ start: "fork" }]);
    const [expected, seen] = await Promise.all([plain.ask(path), forked.ask(path)]);
    expect(seen).toEqual(expected);
  });

  it("functions of Node's modules, the global object and process", async () => {
    const [expected, seen] = (await Promise.all([plain.ask("/fingerprint"), forked.ask("/fingerprint")])) as Sights[];
    expect(withoutTexts(seen)).toEqual(withoutTexts(expected));
  });

  it("its own process id, its host's, and a process group of its own", async () => {
    for (const each of [plain, forked]) {
      const seen = await each.ask("/identity");
      expect(seen).toEqual({ isOwnPid: true, isOwnParent: true, isLeader: true, ppid: process.pid });
    }
  });

  it("clocks that began when it did", async () => {
    const [expected, seen] = (await Promise.all([plain.ask("/clock"), forked.ask("/clock")])) as Clock[];
    const age = Date.now() - forked.startedAt;
    for (const clock of [seen?.uptime, seen?.now, seen?.sinceOrigin]) {
      expect(clock).toBeGreaterThan(0);
      expect(clock).toBeLessThan(age);
    }
    expect(Math.abs((seen?.now ?? 0) - (seen?.sinceOrigin ?? 0))).toBeLessThan(50);
    expect(seen?.idle).toBe(true);
    expect(seen?.depth).toBeGreaterThan((expected?.depth ?? 0) * 0.7);
  });

  it("what it wrote while it loaded, in order and in the log of its instance", async () => {
    expect(forked.stdout.filter((line) => line.startsWith("l"))).toEqual(
      plain.stdout.filter((line) => line.startsWith("l")),
    );
    expect(forked.stderr).toEqual(plain.stderr);
  });
});

type Sights = Readonly<Record<string, string>>;

/**
 * Functions that count from the fork instead of the template's start, and those that look at new contexts: all but their
 * source text is the same.
 */
const rewritten =
  /^(globalThis\.Performance#|perf_hooks\.(Performance#|eventLoopUtilization|monitorEventLoopDelay)|process\.(cpuUsage|threadCpuUsage|resourceUsage|uptime|memoryUsage|hrtime)|vm\.)/;

function withoutTexts(sights: Sights = {}): Sights {
  const isCompared = (name: string): boolean =>
    // A function of Node is a constructor by accident. The other one is there once TLS is loaded.
    !(rewritten.test(name) && name.endsWith("#constructor")) && name !== "constants.defaultCipherList";
  const kept = Object.entries(sights).filter(([name]) => isCompared(name));
  return Object.fromEntries(
    kept.map(([name, sight]) => [
      name,
      rewritten.test(name) ? sight.replace(/(function [^/]*\/\d+) \d+/g, "$1") : sight,
    ]),
  );
}

interface Clock {
  readonly uptime: number;
  readonly now: number;
  readonly sinceOrigin: number;
  readonly idle: boolean;
  readonly depth: number;
}

describe.skipIf(!canFork)("an ES module sees the same as in a process of its own", () => {
  it("import.meta, globals, its imports and what it awaited", async () => {
    const plain = await run("app.mjs", [], "process");
    const forked = await run("app.mjs", [], "fork");
    try {
      expect(await forked.ask("/")).toEqual(await plain.ask("/"));
    } finally {
      await Promise.all([plain.stop(), forked.stop()]);
    }
  });
});

describe.skipIf(!canFork).each(variants)(
  "what happens to a program is told as of a process of its own, $name",
  ({ args }) => {
    const runs: Run[] = [];
    afterEach(async () => {
      await Promise.all(runs.splice(0).map((each) => each.stop()));
    });

    async function both(): Promise<[Run, Run]> {
      for (const start of ["process", "fork"] as const) {
        const started = await run("app.cjs", args, start);
        runs.push(started);
        await started.ask("/ticks");
      }
      const [plain, forked] = runs;
      if (plain === undefined || forked === undefined) throw new Error("Both were started");
      return [plain, forked];
    }

    const ends = [
      { name: "process.exit()", path: "/exit", code: "exit code 7" },
      { name: "an exception that nobody catches", path: "/throw", code: "exit code 1" },
      { name: "a rejection that nobody catches", path: "/reject", code: "exit code 1" },
      { name: "abort", path: "/abort", code: "ended by SIGABRT" },
      { name: "its natural end, with an exit code it set", path: "/close", code: "exit code 5" },
      { name: "process.exit() after much output", path: "/large-exit", code: "exit code 3" },
    ];
    it.each(ends)("$name", async ({ path, code }) => {
      const told = await both();
      for (const each of told) {
        await each.command(path);
        await each.said(code);
        // Only what it wrote before its end was told counts.
      }
      const [plain, forked] = told;
      expect(forked.stdout).toEqual(plain.stdout);
      expect(forked.stderr).toEqual(plain.stderr);
      expect(firstLines(forked.problems)).toEqual(firstLines(plain.problems));
    });

    const written = [
      { name: "a warning, with its own process id", path: "/warn", last: ["of the tide", "warning take care"] },
      { name: "a deprecation", path: "/deprecated", last: ["[DEP0005]", "warning Buffer() is"] },
      { name: "a mebibyte at once", path: "/large", last: ["the last line"] },
    ];
    it.each(written)("$name", async ({ path, last }) => {
      const told = await both();
      for (const each of told) {
        await each.command(path);
        for (const line of last) await each.said(line);
        await each.stop();
      }
      const [plain, forked] = told;
      expect(forked.stdout).toEqual(plain.stdout);
      expect(forked.stderr).toEqual(plain.stderr);
    });

    it("signals it handles since before and since after the fork point, each once", async () => {
      const told = await both();
      for (const each of told) {
        process.kill(each.pid(), "SIGUSR2");
        await each.said("before the fork point: SIGUSR2 12");
        process.kill(each.pid(), "SIGHUP");
        await each.said("after listening: SIGHUP");
        await each.stop();
      }
      const [plain, forked] = told;
      expect(forked.stdout).toEqual(plain.stdout);
      expect(firstLines(forked.problems)).toEqual(firstLines(plain.problems));
    });

    it("a signal it does not handle ends it", async () => {
      const told = await both();
      for (const each of told) {
        process.kill(each.pid(), "SIGINT");
        await each.said("ended by SIGINT");
      }
      const [plain, forked] = told;
      expect(firstLines(forked.problems)).toEqual(firstLines(plain.problems));
    });
  },
);

/** Its last words stand below: lines of two streams, in the order they happened to be read. */
function firstLines(problems: readonly string[]): (string | undefined)[] {
  return problems.map((problem) => problem.split("\n")[0]);
}
