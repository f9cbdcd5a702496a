import type { NodeEntry } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import { whyNotForkable } from "./forkable.ts";

const entry = (...nodeArgs: string[]): NodeEntry => ({ kind: "node", file: "/app/server.js", nodeArgs });

describe("whyNotForkable", () => {
  it.each([
    ["--inspect"],
    ["--inspect=0"],
    ["--inspect-brk"],
    ["--inspect_brk=127.0.0.1:9229"],
    ["--permission"],
    ["--experimental-permission"],
    ["--cpu-prof"],
    ["--cpu-prof-dir=/tmp"],
    ["--heap-prof"],
    ["--prof"],
    ["--perf-basic-prof"],
    ["--trace-events-enabled"],
    ["--trace-event-categories=v8"],
    ["--watch"],
    ["--watch-path=src"],
    ["--test"],
    ["--test-only"],
    ["--eval"],
    ["-e"],
    ["-pe"],
    ["--snapshot-blob"],
    ["--build-snapshot"],
    ["--run"],
    ["--report-on-signal"],
    ["--trace-sigint"],
    ["--loader=./hooks.mjs"],
    ["--experimental-loader"],
    ["--v8-pool-size=4"],
    ["--random-seed=42"],
    ["--random_seed=42"],
    ["--predictable"],
    ["--frozen-intrinsics"],
    ["--localstorage-file=storage.db"],
    ["--experimental-config-file=node.config.json"],
  ])("says why %s keeps an app from being forked", (option) => {
    expect(whyNotForkable(entry(option), {})).toMatch(new RegExp(`^Node's option "${option}": `));
  });

  it.each([
    ["--require", "./--inspect.cjs"],
    ["--import=./setup.mjs"],
    ["--max-old-space-size=512"],
    ["--max_old_space_size=512"],
    ["--enable-source-maps"],
    ["--experimental-vm-modules"],
    ["--env-file=.env"],
    ["--conditions=development"],
    ["--trace-warnings"],
    ["--trace-gc"],
    ["--report-on-fatalerror"],
    ["--heapsnapshot-signal=SIGUSR2"],
    ["--unhandled-rejections=strict"],
    ["--experimental-strip-types"],
    ["-r", "./setup.cjs"],
    ["-C", "production"],
  ])("has nothing against %s %s", (...options) => {
    expect(whyNotForkable(entry(...options), {})).toBeNull();
  });

  it("heeds NODE_OPTIONS as well, quoted values too", () => {
    expect(whyNotForkable(entry(), { NODE_OPTIONS: "--enable-source-maps --inspect=0" })).toMatch(
      /^"--inspect=0" in NODE_OPTIONS: /,
    );
    expect(whyNotForkable(entry(), { NODE_OPTIONS: '--require "./a --inspect.cjs"' })).toBeNull();
    expect(whyNotForkable(entry(), { NODE_OPTIONS: "" })).toBeNull();
  });

  it("heeds variables that do the same", () => {
    expect(whyNotForkable(entry(), { NODE_V8_COVERAGE: "/tmp/coverage" })).toMatch(/^the variable NODE_V8_COVERAGE/);
    expect(whyNotForkable(entry(), { NODE_V8_COVERAGE: "" })).toBeNull();
  });

  it("forks no command", () => {
    expect(whyNotForkable({ kind: "command", command: ["python3", "app.py"] }, {})).toMatch(/command/);
  });
});
