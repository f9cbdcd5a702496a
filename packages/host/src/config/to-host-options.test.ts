import { breakerDefaults, healthDefaults, recycleDefaults } from "@tidegate/core";
import { expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";

test("limits, health and the like become options of their function, what they leave out has its default", () => {
  const text = `
functions:
  shop:
    entry: server.js
    streamIdle: 5m
    limits: { body: 10mb, headers: 8kb, rate: { perSecond: 2.5, per: client } }
    affinity: { cookie: shop }
    health: { startup: /ready, failures: 5, eventLoopDelay: 20s }
    recycle: { requests: 1000, memory: 512mb }
    breaker: { requests: 0 }
    scaling:
      policy: kpa
      provisioned: 1
      freeze: false
      cpu: 0.7
      schedule: [{ cron: "0 8 * * 1-5", timeZone: Asia/Shanghai, for: 10h, min: 2 }]
`;
  const [shop] = parseConfig(text, "/app/tidegate.yaml", "tidegate.yaml").functions;
  expect(shop).toMatchObject({
    streamIdleTimeoutMs: 300_000,
    maxBodyBytes: 10_485_760,
    maxHeaderBytes: 8192,
    rateLimit: { perSecond: 2.5, burst: 2, per: "client" },
    affinity: { cookie: "shop", maxAgeMs: 0 },
    health: { ...healthDefaults, startupPath: "/ready", failureThreshold: 5, maxEventLoopDelayMs: 20_000 },
    recycle: { ...recycleDefaults, afterInvocations: 1000, aboveMemoryBytes: 536_870_912 },
    breaker: { ...breakerDefaults, minRequests: 0 },
    scaling: {
      policy: "kpa",
      provisioned: 1,
      freeze: false,
      metrics: { cpu: 0.7, memoryBytes: null, eventLoopDelayMs: null },
      schedule: [
        { cron: "0 8 * * 1-5", timeZone: "Asia/Shanghai", forMs: 36_000_000, minInstances: 2, maxInstances: null },
      ],
    },
  });
});

test("functions say how their instances start, and the file how much memory templates may have", () => {
  const text = `
functions:
  shop: { entry: server.js, start: fork, warmUp: [/, "/products?page=1"], routes: [/] }
  plain: { entry: plain.js, start: process, routes: [/plain] }
  report: { command: python3 report.py, start: auto, routes: [/report] }
templates: { memory: 512mb }
`;
  expect(parseConfig(text, "/app/tidegate.yaml", "tidegate.yaml")).toMatchObject({
    functions: [
      { name: "shop", start: "fork", warmUp: ["/", "/products?page=1"] },
      { name: "plain", start: "process" },
      { name: "report", start: "auto" },
    ],
    templates: { memoryBytes: 536_870_912 },
  });
  const [shop] = parseConfig("functions: { shop: { entry: a.js } }", "/app/tidegate.yaml", "tidegate.yaml").functions;
  expect(shop).not.toHaveProperty("start");
  expect(shop).not.toHaveProperty("warmUp");
  expect(parseConfig("functions: { shop: { entry: a.js } }\ntemplates: {}", "/a/b.yaml", "b")).toMatchObject({
    templates: { memoryBytes: null },
  });
  expect(parseConfig("functions: { shop: { entry: a.js } }\ntemplates: { memory: 0 }", "/a/b.yaml", "b")).toMatchObject(
    {
      templates: { memoryBytes: 0 },
    },
  );
});

test("a command may speak HTTP/2, and the gateway TLS, with files relative to the configuration", () => {
  const text = `
functions:
  greeter: { command: ./greeter, protocol: h2c }
gateway:
  tls: [{ cert: tls/site.pem, key: /etc/tls/site.key }]
  http2: false
  proxyProtocol: true
  bodyTimeout: 30s
  drainDelay: 10s
  maxConnections: 1000
  memory: 2gb
  metrics: { port: 9464 }
`;
  expect(parseConfig(text, "/app/tidegate.yaml", "tidegate.yaml")).toMatchObject({
    functions: [{ protocol: "h2c" }],
    tls: [{ certFile: "/app/tls/site.pem", keyFile: "/etc/tls/site.key" }],
    http2: false,
    proxyProtocol: true,
    bodyTimeoutMs: 30_000,
    drainDelayMs: 10_000,
    maxConnections: 1000,
    memoryLimitBytes: 2_147_483_648,
    metrics: { port: 9464 },
  });
});
