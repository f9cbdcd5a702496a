import { type EffectKey, noTemplate, type TemplateInfo } from "@tidegate/core";
import { describe, expect, test } from "vitest";
import { forkPoint } from "../testing/function-info.ts";
import { type ExplainedFunction, explain } from "./explanation.ts";

const place = { file: "/srv/shop/lib/db.js", line: 12, column: 5 };

function explained(template: Partial<TemplateInfo>, change: Partial<ExplainedFunction> = {}): ExplainedFunction {
  return {
    name: "shop",
    revision: "r1",
    host: null,
    kind: "node",
    start: "auto",
    warmUp: ["/", "/a", "/orders"],
    template: { ...noTemplate("shop", "r1", ""), reason: null, ...template },
    processMs: null,
    folders: ["/home/me", "/srv/shop"],
    ...change,
  };
}

const parked = (effect: EffectKey, change: Parameters<typeof forkPoint>[2] = {}): Partial<TemplateInfo> => ({
  state: "parked",
  point: forkPoint(effect, place, change),
  forks: 5,
  forkMs: 40,
});

describe("explain says what to move:", () => {
  test.each<{ name: string; effect: EffectKey; change?: Parameters<typeof forkPoint>[2]; advice: RegExp[] }>([
    { name: "nothing where the app listens", effect: "listen", advice: [] },
    { name: "nothing where a framework listens for it", effect: "listen", change: { via: "koa" }, advice: [] },
    { name: "nothing where it came to its end", effect: "end", advice: [] },
    {
      name: "a connection of a package",
      effect: "connect",
      change: { via: "pg", what: "127.0.0.1:5432" },
      advice: [
        /^lib\/db\.js:12 opens a connection at load through the package pg \(127\.0\.0\.1:5432\): make the client at load and connect on first use/,
      ],
    },
    {
      name: "a random secret",
      effect: "random-bytes",
      advice: [/^lib\/db\.js:12 draws random bytes at load: draw them on first use or in onFork; a secret/],
    },
    { name: "an addon", effect: "addon", advice: [/: load it on first use: put its require\(\)/] },
    {
      name: "what a newer host calls by a name of its own",
      effect: "teleport" as EffectKey,
      advice: [/does what is called "teleport" at load: do it on first use/],
    },
  ])("$name", ({ effect, change, advice }) => {
    const told = explain(explained(parked(effect, change)));
    expect(told.title).toBe("shop: instances are forked");
    expect(told.advice).toEqual(advice.map((pattern) => expect.stringMatching(pattern)));
  });

  test("it is hardly worth it where instances start soon as it is", () => {
    const [advice] = explain(explained({ ...parked("random-bytes"), forkMs: 8.62 })).advice;
    expect(advice).toMatch(/ \(little to gain: an instance starts in 8\.6 ms as it is\)$/);
  });
});

describe("explain tells", () => {
  test("how much of the load is shared, beside a plain process", () => {
    const { details } = explain(explained(parked("listen"), { processMs: 431.4 }));
    expect(details).toContainEqual([
      "load",
      "loaded in 435 ms, 395 of them (90 %) are shared; an instance starts in 40 ms, a plain process in 431 ms",
    ]);
  });

  test("what is known before a forked instance was ready", () => {
    const load = (forks: number): unknown =>
      explain(explained({ ...parked("listen"), forkMs: null, forks })).details.find(([label]) => label === "load");
    expect(load(0)).toEqual(["load", "loaded in 395 ms up to there; no instance was forked yet"]);
    expect(load(6)).toEqual(["load", "loaded in 395 ms up to there; no instance was ready yet"]);
  });

  test("what came of warm-up requests", () => {
    const warmUp = { asked: 3, done: 2, leftOut: "it opens a connection" };
    const { details } = explain(explained(parked("listen", { warmUp })));
    const text = "2 of 3 paths answered before the fork; /orders was not: it opens a connection";
    expect(details).toContainEqual(["warm-up", text]);
  });

  test("where a warm-up request ended, and that it was the last one", () => {
    const place = { file: "/opt/hooks/a.js", line: 7, column: 1 };
    const warmUp = { asked: 3, done: 1, leftOut: "it opens a connection", place };
    const [[, text] = []] = explain(explained(parked("listen", { warmUp }))).details.filter(
      ([label]) => label === "warm-up",
    );
    expect(text).toMatch(/was not: it opens a connection at \/opt\/hooks\/a\.js:7, and those after it were not asked$/);
  });

  test("notes, each on a line", () => {
    const notes = ["react-dom drew Math.random at load: shared by all instances", "another"];
    const { details } = explain(explained(parked("listen", { notes })));
    expect(details.filter(([label]) => label === "note").map(([, text]) => text)).toEqual(notes);
  });

  test("a place nobody knows by leaving it out, and one outside of the app in full", () => {
    const nowhere = explain(explained({ ...parked("end"), point: forkPoint("end", null) }));
    expect(nowhere.details[0]).toEqual(["forks", "when it has been loaded to its end"]);
    const outside = forkPoint("dns", { file: "/opt/hooks/a.js", line: 1, column: 1 }, { what: "db.example.com" });
    const { details, advice } = explain(explained({ ...parked("dns"), point: outside }));
    expect(details[0]).toEqual(["forks", "at /opt/hooks/a.js:1, where it looks up a host name (db.example.com)"]);
    expect(advice[0]).toMatch(/^\/opt\/hooks\/a\.js:1 looks up a host name at load \(db\.example\.com\): /);
  });

  test("that nothing starts where only a fork is wanted and none is possible", () => {
    const { title } = explain(explained({ state: "unfit", reason: "a pipe is open" }, { start: "fork" }));
    expect(title).toBe('shop: no instance can be forked, and its configuration says "start: fork"');
  });

  test("that the configuration does not want what could be", () => {
    expect(explain(explained(parked("listen"), { start: "process" })).title).toBe(
      'shop: instances could be forked, but its configuration says "start: process"',
    );
  });
});

describe("explain tells why instances are not forked, and what can be done:", () => {
  test.each<{ name: string; fn: ExplainedFunction; why: string | null; advice: RegExp[] }>([
    {
      name: "a surprise with its place",
      fn: explained({ state: "unfit", reason: "a thread that is not Node's runs", place }),
      why: "a thread that is not Node's runs (lib/db.js:12)",
      advice: [/^do what lib\/db\.js:12 does once the server listens, on first use or in onFork; or "start: process"/],
    },
    {
      name: "a surprise without a place",
      fn: explained({ state: "unfit", reason: "a pipe is open" }),
      why: "a pipe is open",
      advice: [/^nothing has to be done, starts only take longer; "start: process" says/],
    },
    {
      name: "memory",
      fn: explained({ state: "dropped", reason: "templates may use 64 MiB together, and others are worth more" }),
      why: "templates may use 64 MiB together, and others are worth more",
      advice: [/^more memory for templates keeps it/],
    },
    {
      name: "instances that failed",
      fn: explained({ state: "dropped", reason: "forked instances failed where plain processes do not" }),
      why: "forked instances failed where plain processes do not",
      advice: [],
    },
    {
      name: "a command, for which nothing can",
      fn: explained({ state: "none", reason: "a command is not forked" }, { kind: "command" }),
      why: "a command is not forked",
      advice: [],
    },
    { name: "not known yet", fn: explained({ state: "loading" }), why: null, advice: [] },
  ])("$name", ({ fn, why, advice }) => {
    const told = explain(fn);
    expect(told.details).toEqual(why === null ? [] : [["why", why]]);
    expect(told.advice).toEqual(advice.map((pattern) => expect.stringMatching(pattern)));
  });
});
