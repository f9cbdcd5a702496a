import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createAdminServer } from "@tidegate/host";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../examples/harness/free-port.ts";
import { type ParsedSample, parseMetrics } from "../../packages/host/src/metrics/parse-metrics.ts";
import { rawClient } from "../raw-client.ts";
import { fixture, type Served, serveApp } from "../served-app.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(...args: Parameters<typeof serveApp>): Promise<Served> {
  const served = await serveApp(...args);
  cleanups.push(() => served.stop());
  return served;
}

/** Value of the sample with this name and these labels, in a text that is read strictly. */
function valueIn(metrics: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const samples: ParsedSample[] = [...parseMetrics(metrics, false).values()].flatMap((family) => family.samples);
  return samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;
}

describe("metrics of a host", () => {
  it("tell what its requests went through, and what its instances used", async () => {
    const served = await serve("app.js");
    await (await fetch(served.url)).text();
    await (await fetch(`${served.url}/early`, { method: "POST", body: "x" })).text();
    await served.record("/early");
    const { text: metrics } = await served.host.metrics();
    const fn = { function: "app" };
    expect(valueIn(metrics, "tidegate_requests_total", { ...fn, code_class: "2xx" })).toBe(1);
    expect(valueIn(metrics, "tidegate_responses_total", { ...fn, code: "413" })).toBe(1);
    expect(valueIn(metrics, "tidegate_request_duration_seconds_count", fn)).toBe(2);
    expect(valueIn(metrics, "tidegate_cold_starts_total", fn)).toBe(1);
    expect(valueIn(metrics, "tidegate_start_wait_seconds_sum", fn)).toBeGreaterThan(0.005);
    expect(valueIn(metrics, "tidegate_instances", { ...fn, state: "ready" })).toBe(1);
    expect(valueIn(metrics, "tidegate_instance_starts_total", fn)).toBe(1);
    expect(valueIn(metrics, "tidegate_instance_seconds_total", fn)).toBeGreaterThan(0);
    expect(valueIn(metrics, "tidegate_connections")).toBeGreaterThanOrEqual(1);
  });

  it("bill the memory of an instance that is gone before they are asked for", async () => {
    const served = await serve("app.js", { scaling: { policy: "kpa", idleTimeoutMs: 30_000 } });
    await (await fetch(served.url)).text();
    const isMeasured = () => served.host.instances().some(({ memoryBytes }) => memoryBytes !== null);
    const until = performance.now() + 10_000;
    while (!isMeasured() && performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
    await served.host.reload("app");
    await served.event("instance", ({ state, instance }) => state === "stopped" && instance === "app-r1-1");
    const { text: metrics } = await served.host.metrics();
    expect(valueIn(metrics, "tidegate_memory_gb_seconds_total", { function: "app" })).toBeGreaterThan(0);
  });

  it("separate the wait for a start from the rest, in records as well", async () => {
    const served = await serve("app.js");
    const before = Date.now();
    await (await fetch(served.url)).text();
    const record = await served.record("/");
    expect(record).toMatchObject({ coldStart: true, replays: 0, protocol: "http/1.1" });
    expect(record.startMs).toBeGreaterThan(5);
    expect(record.startMs + record.queueMs).toBeLessThanOrEqual(record.durationMs);
    expect(Math.abs(record.startedAt - before)).toBeLessThan(1_000);
    await (await fetch(`${served.url}/?again`)).text();
    expect(await served.record("/?again")).toMatchObject({ coldStart: false, startMs: 0, queueMs: 0 });
  });

  it("count what was refused, by function and reason", async () => {
    const entry = { kind: "node", file: fixture("app.js") } as const;
    const functions = [{ name: "app", entry, routes: [{ path: "/app" }] }];
    const served = await serve("app.js", {}, { functions });
    expect((await fetch(served.url)).status).toBe(404);
    const client = await rawClient(served.url);
    client.send("nonsense\r\n\r\n");
    await client.ended();
    const { text: metrics } = await served.host.metrics();
    const reason = (name: string) => ({ function: "", reason: name });
    expect(valueIn(metrics, "tidegate_refusals_total", reason("route_not_found"))).toBe(1);
    expect(valueIn(metrics, "tidegate_refusals_total", reason("request_invalid"))).toBe(1);
    expect(valueIn(metrics, "tidegate_requests_total", { function: "app", code_class: "4xx" })).toBe(0);
  });

  it("have a port of their own where one is set, free again after the stop", async () => {
    const port = await freePort();
    const served = await serve("app.js", {}, { metrics: { port } });
    const url = `http://127.0.0.1:${port}/metrics`;
    const answer = await fetch(url, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
    parseMetrics(await answer.text(), true);
    const other = serveApp("app.js", {}, { metrics: { port } });
    await expect(other).rejects.toMatchObject({ code: "TIDEGATE_PORT_IN_USE" });
    await served.stop();
    await expect(fetch(url)).rejects.toThrow();
  });

  it("are on the admin socket", async () => {
    const served = await serve("app.js");
    const dir = await mkdtemp(join(tmpdir(), "tg-admin-"));
    cleanups.push(() => rm(dir, { recursive: true }));
    const admin = createAdminServer(served.host, dir);
    await admin.start();
    cleanups.push(() => admin.stop());
    const [contentType, body] = await new Promise<[string | undefined, string]>((resolve, reject) => {
      const asked = request({ socketPath: admin.socketPath, path: "/metrics" }, (response) => {
        void text(response).then((each) => resolve([response.headers["content-type"], each]), reject);
      });
      asked.once("error", reject).end();
    });
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(valueIn(body, "tidegate_in_flight", { function: "app" })).toBe(0);
  });

  it("have no series of a function that is removed", async () => {
    const entry = { kind: "node", file: fixture("app.js") } as const;
    const [shop, blog] = ["shop", "blog"].map((name) => ({ name, entry, routes: [{ path: `/${name}` }] }));
    if (shop === undefined || blog === undefined) throw new Error("No functions");
    const served = await serve("app.js", {}, { functions: [shop, blog] });
    expect((await served.host.metrics()).text).toContain('function="blog"');
    await served.host.apply({ port: 0, functions: [shop] });
    expect((await served.host.metrics()).text).not.toContain("blog");
    expect((await served.host.metrics()).text).toContain('function="shop"');
  });
});

describe("trace context", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  const parent = `00-${id}-b7ad6b7169203331-01`;

  it("passes through untouched, and names the trace in the record", async () => {
    const served = await serve("app.js");
    const headers = { traceparent: parent, tracestate: "vendor=Opaque,other=1", baggage: "user=a%20b;ttl=1" };
    const { rawHeaders } = (await (await fetch(`${served.url}/echo`, { headers })).json()) as { rawHeaders: string[] };
    const received = Object.fromEntries(
      rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1]]] : [])),
    );
    expect(received).toMatchObject(headers);
    expect(await served.record("/echo")).toMatchObject({ traceId: id });
  });

  it.each([
    ["none", undefined],
    ["an invalid one", `00-${"0".repeat(32)}-b7ad6b7169203331-01`],
  ])("is not made up for a request with %s", async (_name, traceparent) => {
    const served = await serve("app.js");
    const headers: Record<string, string> = traceparent === undefined ? {} : { traceparent };
    const { rawHeaders } = (await (await fetch(`${served.url}/echo`, { headers })).json()) as { rawHeaders: string[] };
    const at = rawHeaders.findIndex((name) => name.toLowerCase() === "traceparent");
    expect(at < 0 ? undefined : rawHeaders[at + 1]).toBe(traceparent);
    expect(await served.record("/echo")).toMatchObject({ traceId: null });
  });
});
