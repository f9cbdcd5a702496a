import { autoscalerDefaults, functionDefaults } from "@tidegate/core";
import { expect, test } from "vitest";
import { createHost } from "./host.ts";

test("a function is told with all defaults, how it scales too, and with the names of its variables only", () => {
  const host = createHost({
    functions: [
      {
        name: "shop",
        entry: { kind: "command", command: ["node", "server.js"] },
        env: { TOKEN: "secret" },
        concurrency: 7,
        scaling: { maxInstances: 3 },
      },
    ],
  });
  const [shop] = host.functions();
  expect(shop).toMatchObject({
    name: "shop",
    revision: "r1",
    config: { timeoutMs: functionDefaults.timeoutMs, concurrency: 7, env: ["TOKEN"] },
    scaling: { ...autoscalerDefaults, maxInstances: 3, concurrency: 7 },
    instances: {},
  });
});
