import {
  FunctionMeter,
  Histogram,
  type InstanceInfo,
  InstanceMeter,
  type MeteredInvocation,
  noTemplate,
} from "@tidegate/core";
import { afterEach, describe, expect, it } from "vitest";
import { HostMetrics } from "./host-metrics.ts";
import { MetricsServer } from "./metrics-server.ts";
import type { MeteredFunction, MetricsSource } from "./metrics-source.ts";
import { parseMetrics } from "./parse-metrics.ts";

const ended: MeteredInvocation = {
  status: 200,
  durationMs: 12,
  queueMs: 0,
  startMs: 0,
  isColdStart: false,
  replays: 0,
  requestBytes: 1,
  responseBytes: 2,
  error: null,
};

function createFunction(name: string, infos: readonly InstanceInfo[] = []): MeteredFunction {
  return {
    config: { name },
    meter: new FunctionMeter(),
    instanceMeter: new InstanceMeter(),
    activator: { inFlight: 2, queued: 1 },
    startTimes: { fork: new Histogram(), process: new Histogram() },
    template: () => ({ ...noTemplate(name, "r1", ""), state: "parked", forks: 3, memoryBytes: 2048 }),
    infos: () => infos,
  };
}

function sourceOf(functions: MeteredFunction[]): MetricsSource {
  return {
    functions: () => functions,
    meter: new FunctionMeter(),
    connections: () => 7,
    certificates: () => [{ name: "shop.example", notAfter: 1_900_000_000_000 }],
  };
}

/** Reads a text strictly; `value` finds one sample by name and labels. */
async function scrape(source: MetricsSource, accept = "") {
  const { text, contentType } = await new HostMetrics(source).answer(accept);
  const isOpen = contentType.startsWith("application/openmetrics-text");
  const samples = [...parseMetrics(text, isOpen).values()].flatMap((family) => family.samples);
  const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
    samples.find(
      (sample) => sample.name === name && Object.entries(labels).every(([key, each]) => sample.labels[key] === each),
    )?.value;
  return { text, contentType, samples, value };
}

describe("HostMetrics", () => {
  it.each(["", "application/openmetrics-text"])("tells of functions, instances and the host (%j)", async (accept) => {
    const info = {
      revision: "r1",
      state: "ready",
      pid: 1,
      start: "process",
      inFlight: 0,
      requests: 0,
      ageMs: 0,
      cpu: null,
      ownBytes: null,
    } as const;
    const shop = createFunction("shop", [{ ...info, function: "shop", instance: "i1", memoryBytes: 1024 ** 3 }]);
    shop.meter.record(ended);
    shop.meter.record({ ...ended, status: 503, error: "TIDEGATE_QUEUE_FULL", queueMs: 40 });
    shop.meter.record({ ...ended, status: 502, error: "TIDEGATE_INSTANCE_LOST", replays: 1 });
    shop.meter.record({ ...ended, status: 0, error: "TIDEGATE_CLIENT_GONE", isColdStart: true, startMs: 300 });
    const began = performance.now() - 10_000;
    shop.instanceMeter.change("i1", "starting", began);
    shop.instanceMeter.change("i1", "ready", began + 100);
    shop.startTimes.fork.record(5);
    const source = sourceOf([shop]);
    source.meter.refuse(431, "TIDEGATE_HEADERS_TOO_LARGE");
    const { value, samples } = await scrape(source, accept);
    const fn = { function: "shop" };
    expect(value("tidegate_instance_start_duration_seconds_count", { ...fn, start: "fork" })).toBe(1);
    expect(value("tidegate_instance_start_duration_seconds_sum", { ...fn, start: "fork" })).toBe(0.005);
    expect(value("tidegate_instance_start_duration_seconds_count", { ...fn, start: "process" })).toBe(0);
    expect(value("tidegate_templates", { ...fn, state: "parked" })).toBe(1);
    expect(value("tidegate_templates", { ...fn, state: "unfit" })).toBe(0);
    expect(value("tidegate_template_forks_total", fn)).toBe(3);
    expect(value("tidegate_template_memory_bytes", fn)).toBe(2048);
    expect(value("tidegate_requests_total", { ...fn, code_class: "2xx" })).toBe(1);
    expect(value("tidegate_requests_total", { ...fn, code_class: "5xx" })).toBe(2);
    expect(value("tidegate_requests_total", { ...fn, code_class: "none" })).toBe(1);
    expect(value("tidegate_responses_total", { ...fn, code: "502" })).toBe(1);
    expect(value("tidegate_refusals_total", { ...fn, reason: "queue_full" })).toBe(1);
    expect(value("tidegate_refusals_total", { function: "", reason: "headers_too_large" })).toBe(1);
    expect(value("tidegate_failures_total", { ...fn, reason: "instance_lost" })).toBe(1);
    expect(value("tidegate_client_aborts_total", fn)).toBe(1);
    expect(value("tidegate_cold_starts_total", fn)).toBe(1);
    expect(value("tidegate_replays_total", fn)).toBe(1);
    expect(value("tidegate_request_duration_seconds_count", fn)).toBe(4);
    expect(value("tidegate_start_wait_seconds_sum", fn)).toBeCloseTo(0.3, 9);
    expect(value("tidegate_queue_wait_seconds_sum", fn)).toBeCloseTo(0.04, 9);
    expect(value("tidegate_instances", { ...fn, state: "ready" })).toBe(1);
    expect(value("tidegate_instances", { ...fn, state: "frozen" })).toBe(0);
    expect(value("tidegate_instance_seconds_total", fn)).toBeGreaterThanOrEqual(10);
    expect(value("tidegate_memory_gb_seconds_total", fn)).toBeGreaterThanOrEqual(10);
    expect(value("tidegate_instance_memory_bytes", fn)).toBe(1024 ** 3);
    expect(value("tidegate_in_flight", fn)).toBe(2);
    expect(value("tidegate_queued", fn)).toBe(1);
    expect(value("tidegate_connections")).toBe(7);
    expect(value("tidegate_tls_certificate_expiry_seconds", { name: "shop.example" })).toBe(1_900_000_000);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(value("process_start_time_seconds")).toBeGreaterThan(1.6e9);
    expect(samples.filter(({ name, labels }) => name === "tidegate_instances" && labels.function === "")).toEqual([]);
  });

  it("has no series of a function that is gone", async () => {
    const functions = [createFunction("shop"), createFunction("blog")];
    const source = sourceOf(functions);
    expect((await scrape(source)).text).toContain('function="blog"');
    functions.pop();
    expect((await scrape(source)).text).not.toContain("blog");
  });

  it("stops twice, and before it started", () => {
    const metrics = new HostMetrics(sourceOf([]));
    metrics.stop();
    metrics.start();
    metrics.start();
    metrics.stop();
    metrics.stop();
  });
});

describe("MetricsServer", () => {
  const servers: MetricsServer[] = [];
  const metrics = new HostMetrics(sourceOf([createFunction("shop")]));
  const serve = async (port = 0, descriptor: number | null = null): Promise<MetricsServer> => {
    const server = new MetricsServer({ metrics, port, hostname: "127.0.0.1" });
    servers.push(server);
    await server.start(descriptor);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it("answers GET /metrics in the format asked for", async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/metrics`;
    const plain = await fetch(url);
    expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    parseMetrics(await plain.text(), false);
    const open = await fetch(`${url}?x=1`, { headers: { accept: "application/openmetrics-text;version=1.0.0" } });
    expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    parseMetrics(await open.text(), true);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, Number(head.headers.get("content-length")) > 1_000]).toEqual([200, true]);
  });

  it("knows nothing else", async () => {
    const { port } = await serve();
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    const posted = await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST", body: "x" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("answers 500 when a function cannot be read, and goes on", async () => {
    const broken = sourceOf([{ ...createFunction("shop"), infos: () => JSON.parse("no") }]);
    const server = new MetricsServer({ metrics: new HostMetrics(broken), port: 0, hostname: "127.0.0.1" });
    servers.push(server);
    await server.start();
    for (let round = 0; round < 2; round += 1) {
      expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(500);
    }
  });

  it("says when its port is taken", async () => {
    const { port } = await serve();
    await expect(serve(port)).rejects.toMatchObject({ code: "TIDEGATE_PORT_IN_USE" });
  });

  it("has a descriptor to leave to another host while it listens", async () => {
    const server = await serve();
    expect(server.descriptor).toBeGreaterThan(2);
    await server.stop();
    expect(server.descriptor).toBeNull();
  });

  it("stops twice, and before it started", async () => {
    const server = new MetricsServer({ metrics, port: 0, hostname: "127.0.0.1" });
    await server.stop();
    await server.stop();
  });
});
