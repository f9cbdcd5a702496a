import { loadForking } from "@tidegate/fork";
import { afterEach, describe, expect, it } from "vitest";
import { canGoOn } from "../launcher/is-ending.ts";
import { isThere, until } from "./testing/processes.ts";
import { endTemplates, parkedTemplate, serves, spareOf } from "./testing/test-template.ts";

afterEach(endTemplates);

describe.runIf("forking" in loadForking())("the spare of a template", () => {
  it("is a child forked ahead, again after each start, and ends with its template", async () => {
    const { template, fork } = await parkedTemplate(serves);
    const first = await spareOf(template);
    const launched = await fork();
    expect(launched.pid).toBe(first);
    await launched.ready;
    const second = await spareOf(template, first);
    expect(await template.memoryBytes()).toBeGreaterThan(2 ** 20);
    await template.stop();
    expect(isThere(second)).toBe(false);
    expect(isThere(first)).toBe(true);
  });

  it("is not given out when it was killed or stopped", async () => {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      const { template, fork } = await parkedTemplate(serves);
      const spare = await spareOf(template);
      process.kill(spare, signal);
      await until(() => !canGoOn(spare));
      const launched = await fork();
      expect(launched.pid).not.toBe(spare);
      await launched.ready;
    }
  });
});
