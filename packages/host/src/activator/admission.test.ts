import { requestPhase } from "@tidegate/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { heldBodies } from "../gateway/held-bodies.ts";
import { ExchangeWorld, type FakeUpstream } from "../gateway/testing/exchange-world.ts";

afterEach(() => {
  vi.useRealTimers();
});

const get = (path = "/"): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n`;
const post = (bytes: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n`;

/** A world that notes where requests are sent, in order. */
function worldOf(...args: ConstructorParameters<typeof ExchangeWorld>): { world: ExchangeWorld; sent: FakeUpstream[] } {
  const world = new ExchangeWorld(...args);
  const sent: FakeUpstream[] = [];
  world.onSent = (_exchange, upstream) => sent.push(upstream);
  return { world, sent };
}

function answer(upstream: FakeUpstream | undefined): void {
  upstream?.receiver?.onHead(
    { status: 200, statusText: "200 OK", body: 0, keepAlive: true, upgrade: null, lines: "Content-Length: 0\r\n" },
    true,
  );
  upstream?.complete();
}

function lose(upstream: FakeUpstream | undefined): void {
  upstream?.take()?.onBroken("TIDEGATE_INSTANCE_LOST", null);
}

describe("the queue", () => {
  it("is first come, first served, and whoever leaves is passed over", () => {
    const { world, sent } = worldOf({ concurrency: 1 });
    const requests = ["/1", "/2", "/3"].map((path) => world.request(get(path)));
    requests[1]?.exchange.onClientGone();
    world.addInstance();
    answer(sent[0]);
    answer(sent[1]);
    expect(requests.map(({ exchange }) => world.recordOf(exchange)?.status)).toEqual([200, 0, 200]);
    expect(sent.map(({ socket }) => socket.text.split(" ")[1])).toEqual(["/1", "/3"]);
    expect(world.activator.queued).toBe(0);
  });

  it("lets those pass that may have the instance which the first must not have", () => {
    vi.useFakeTimers();
    const { world, sent } = worldOf({ concurrency: 1 });
    world.addInstance();
    const lost = world.request(get("/lost"));
    sent[0]?.socket.emit("connect");
    if (sent[0] !== undefined) sent[0].hasConnected = true;
    world.starting = 1;
    lose(sent[0]);
    vi.advanceTimersByTime(50);
    expect(lost.exchange.phase).toBe(requestPhase.queued);
    const other = world.request(get("/other"));
    expect(other.exchange.phase).toBe(requestPhase.dispatched);
    world.starting = 0;
    const second = world.addInstance();
    expect(sent.at(-1)?.instance).toBe(second);
    expect(lost.exchange.phase).toBe(requestPhase.dispatched);
  });

  it("is left at the queue's own time, without anyone looking", () => {
    vi.useFakeTimers();
    const { world } = worldOf({ queueTimeoutMs: 1_000 });
    const first = world.request(get());
    vi.advanceTimersByTime(600);
    const second = world.request(get());
    vi.advanceTimersByTime(401);
    expect(world.recordOf(first.exchange)).toMatchObject({ status: 503, error: "TIDEGATE_QUEUE_TIMEOUT" });
    expect(world.recordOf(second.exchange)).toBeUndefined();
    vi.advanceTimersByTime(600);
    expect(world.recordOf(second.exchange)).toMatchObject({ status: 503 });
  });

  it("is not left in the moment before the first instance is ready, until the gateway looks", () => {
    vi.useFakeTimers();
    const { world } = worldOf({ queueTimeoutMs: 1_000 });
    world.starting = 1;
    const late = world.request(get());
    vi.advanceTimersByTime(1_500);
    expect(late.exchange.phase).toBe(requestPhase.queued);
    world.activator.sweep(performance.now());
    expect(world.recordOf(late.exchange)).toMatchObject({ status: 503, error: "TIDEGATE_QUEUE_TIMEOUT" });
  });

  it("is observed", () => {
    vi.useFakeTimers();
    const { world } = worldOf({ concurrency: 1 });
    world.addInstance();
    world.request(get());
    vi.advanceTimersByTime(100);
    world.request(get());
    vi.advanceTimersByTime(50);
    expect(world.activator.observe(performance.now())).toMatchObject({
      inFlight: 1,
      queued: 1,
      oldestQueuedMs: 50,
      ageMs: 150,
      nextFreeMs: 75,
    });
  });
});

describe("replays", () => {
  it("stop when the budget is spent, that others are not hammered", () => {
    vi.useFakeTimers();
    const { world, sent } = worldOf({ concurrency: 10 });
    const instance = world.addInstance();
    const requests = Array.from({ length: 10 }, () => world.request(get()));
    for (let round = 0; round < 6; round++) {
      for (const upstream of sent.splice(0)) lose(upstream);
      vi.advanceTimersByTime(200);
    }
    // A fifth of ten requests, and one instance's ten.
    const records = requests.map(({ exchange }) => world.recordOf(exchange));
    expect(records.reduce((sum, record) => sum + (record?.replays ?? 0), 0)).toBe(12);
    expect(new Set(records.map((record) => record?.status))).toEqual(new Set([502]));
    expect(instance.inFlight).toBe(0);
  });
});

describe("bodies of requests that wait", () => {
  it("are held up to a bound for all together; beyond it they are not read, and not refused", () => {
    const { world, sent } = worldOf({ concurrency: 10_000, queueLimit: 10_000 });
    const size = 60 * 1024;
    const body = "x".repeat(size);
    const requests = Array.from({ length: 1_200 }, () => {
      const { exchange, client } = world.request(post(size + 1));
      // A socket that is paused gives nothing.
      if (!client.socket.isPaused) exchange.takeBody(Buffer.from(body), 0);
      return { exchange, client };
    });
    expect(heldBodies.bytes).toBeLessThanOrEqual(64 * 2 ** 20 + size);
    expect(requests.at(-1)?.client.socket.isPaused).toBe(true);
    expect(requests[0]?.client.socket.isPaused).toBe(false);
    expect(world.activator.queued).toBe(1_200);
    world.addInstance();
    expect(sent).toHaveLength(1_200);
    expect(requests.every(({ client }) => !client.socket.isPaused)).toBe(true);
    for (const { exchange } of requests) exchange.onClientGone();
    expect(heldBodies.bytes).toBe(0);
  });
});

describe("memory", () => {
  const pressure = { status: 503, error: "TIDEGATE_MEMORY_PRESSURE" };

  it("that is short refuses who needs an instance, and nobody else", () => {
    const { world } = worldOf({ concurrency: 1 });
    world.memory.canStart = false;
    expect(world.recordOf(world.request(get()).exchange)).toMatchObject(pressure);
    world.memory.canStart = true;
    world.addInstance();
    world.memory.canStart = false;
    expect(world.request(get()).exchange.phase).toBe(requestPhase.dispatched);
    expect(world.request(get()).exchange.phase).toBe(requestPhase.queued);
  });

  it("that others are about to give back is waited for, as long as they are", () => {
    const { world } = worldOf();
    Object.assign(world.memory, { canStart: false, makeRoom: () => true });
    const { exchange } = world.request(get());
    expect(exchange.phase).toBe(requestPhase.queued);
    world.activator.sweep(performance.now());
    expect(exchange.phase).toBe(requestPhase.queued);
    world.memory.makeRoom = () => false;
    world.activator.sweep(performance.now());
    expect(world.recordOf(exchange)).toMatchObject(pressure);
  });

  it("of the host itself that is used up refuses everyone", () => {
    const { world } = worldOf();
    world.addInstance();
    world.memory.canServe = false;
    const { exchange, client } = world.request(get());
    expect(world.recordOf(exchange)).toMatchObject(pressure);
    expect(client.socket.text).toContain("Retry-After: 1\r\n");
  });
});

describe("affinity", () => {
  it("leads to the instance of the cookie while it has room", () => {
    const { world, sent } = worldOf({ concurrency: 1, affinity: { cookie: "id", maxAgeMs: 0 } });
    world.addInstance();
    world.addInstance();
    const first = world.request(get());
    answer(sent[0]);
    const cookie = /Set-Cookie: (id=[^;]+)/.exec(first.client.socket.text)?.[1];
    for (let count = 0; count < 3; count++) {
      const next = world.request(`${get()}Cookie: ${cookie}\r\n`);
      expect(sent.at(-1)?.instance).toBe(sent[0]?.instance);
      answer(sent.at(-1));
      expect(next.client.socket.text).not.toContain("Set-Cookie");
    }
    world.request(`${get()}Cookie: ${cookie}\r\n`);
    const crowded = world.request(`${get()}Cookie: ${cookie}\r\n`);
    expect(sent.at(-1)?.instance).not.toBe(sent[0]?.instance);
    answer(sent.at(-1));
    expect(crowded.client.socket.text).toContain("Set-Cookie: id=");
  });
});

describe("the breaker", () => {
  const breaker = { failureRate: 0.5, minRequests: 2, windowMs: 10_000, openMs: 1_000 };

  it("refuses who waits when it opens, and one that streams on trial is enough to close it", () => {
    vi.useFakeTimers();
    const { world, sent } = worldOf({ concurrency: 2, breaker });
    world.addInstance();
    world.request(post(0));
    world.request(post(0));
    const waiting = world.request(get());
    for (const upstream of sent) upstream.hasConnected = true;
    lose(sent[0]);
    // Room came first: the one that waited is on its way.
    expect(waiting.exchange.phase).toBe(requestPhase.dispatched);
    const next = world.request(get());
    expect(next.exchange.phase).toBe(requestPhase.queued);
    lose(sent[1]);
    expect(world.recordOf(next.exchange)).toMatchObject({ status: 503, error: "TIDEGATE_CIRCUIT_OPEN" });
    vi.advanceTimersByTime(1_000);
    const trial = world.request(get());
    expect(trial.exchange.phase).toBe(requestPhase.dispatched);
    expect(world.recordOf(world.request(get()).exchange)?.error).toBe("TIDEGATE_CIRCUIT_OPEN");
    const head = { status: 200, statusText: "200 OK", body: "chunked", keepAlive: true, upgrade: null } as const;
    sent.at(-1)?.receiver?.onHead({ ...head, lines: "Content-Type: text/event-stream\r\n" }, false);
    expect(world.problems).toHaveLength(2);
    expect(world.request(get()).exchange.phase).not.toBe(requestPhase.failed);
  });

  it("gives the trial to another one when its client leaves", () => {
    vi.useFakeTimers();
    const { world, sent } = worldOf({ concurrency: 10, breaker });
    world.addInstance();
    for (const _ of [1, 2]) {
      world.request(post(0));
      const upstream = sent.at(-1);
      if (upstream !== undefined) upstream.hasConnected = true;
      lose(upstream);
    }
    vi.advanceTimersByTime(1_000);
    world.request(get()).exchange.onClientGone();
    const trial = world.request(get());
    answer(sent.at(-1));
    expect(world.recordOf(trial.exchange)?.status).toBe(200);
    expect(world.request(get()).exchange.phase).toBe(requestPhase.dispatched);
  });
});
