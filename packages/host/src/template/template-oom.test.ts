import { readFileSync } from "node:fs";
import { loadForking } from "@tidegate/fork";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "./testing/processes.ts";
import { ask, endTemplates, parkedTemplate, serves, spareOf } from "./testing/test-template.ts";

afterEach(endTemplates);

const scoreOf = (pid: number | string | null): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));

describe.runIf("forking" in loadForking())("when memory runs out", () => {
  it("Linux takes instances and the spare before the template, whose end frees little, and the host last", async () => {
    const { template, fork } = await parkedTemplate(serves);
    const launched = await fork();
    await launched.ready;
    await ask(launched);
    const host = scoreOf("self");
    expect(scoreOf(template.pid)).toBeGreaterThan(host);
    expect(scoreOf(launched.pid)).toBeGreaterThan(scoreOf(template.pid));
    const spare = await spareOf(template, launched.pid);
    // It is there before the host is told of it.
    await until(() => scoreOf(spare) === scoreOf(launched.pid));
  });
});
