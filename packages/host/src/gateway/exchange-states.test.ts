import {
  holdsSlot,
  isEnded,
  isHeld,
  isSent,
  isTunnel,
  mayReplay,
  newRequest,
  phaseOf,
  type RequestEvent,
  type RequestState,
  requestEvent,
  requestPhase,
  requestStateMask,
  stepRequest,
} from "@tidegate/core";
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from "vitest";
import type { Exchange } from "./exchange.ts";
import { heldBodies } from "./held-bodies.ts";
import { isIdempotent } from "./request-facts.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";
import { ExchangeWorld, type FakeClient, type FakeUpstream } from "./testing/exchange-world.ts";

const concurrency = 3;
const chunk = 40 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One exchange and what the model says of it. */
interface Subject {
  readonly exchange: Exchange;
  readonly client: FakeClient;
  readonly size: number;
  sent: number;
  model: RequestState;
  upstream: FakeUpstream | null;
  /** Instance that failed it last, and whether it may be asked again when there is no other. */
  failedBy: { readonly name: string; readonly strictly: boolean } | null;
}

function responseHead(text: string, method: string): ResponseHead {
  const head = parseResponseHead(text, method);
  if (head === null) throw new Error(`Cannot read "${text}"`);
  return head;
}

const kinds: { method: string; lines: string; size: number }[] = [
  { method: "GET", lines: "", size: 0 },
  { method: "HEAD", lines: "", size: 0 },
  { method: "POST", lines: "Content-Length: 0\r\n", size: 0 },
  { method: "POST", lines: `Content-Length: ${3 * chunk}\r\n`, size: 3 * chunk },
  { method: "PUT", lines: `Content-Length: ${chunk}\r\n`, size: chunk },
  { method: "PUT", lines: "Transfer-Encoding: chunked\r\n", size: -1 },
  { method: "GET", lines: "Connection: upgrade\r\nUpgrade: websocket\r\n", size: 0 },
];

/** Drives real exchanges by random events, and a model of each by the same. */
class Run {
  readonly world: ExchangeWorld = new ExchangeWorld({ concurrency, queueLimit: 6 });
  readonly subjects: Subject[] = [];
  #open: Subject[] = [];
  readonly #byExchange: Map<Exchange, Subject> = new Map();
  readonly #takeReplay: MockInstance<() => boolean> = vi.spyOn(this.world.activator, "takeReplay");
  #random: number;
  /** Models of requests that are being admitted: what becomes of them is seen by what they do. */
  #admitting: Exchange | null = null;

  constructor(seed: number) {
    this.#random = seed;
    this.world.onSent = (exchange, upstream) => this.#onSent(exchange, upstream);
    this.world.onAdmit = (exchange) => {
      this.#admitting = exchange;
    };
  }

  next(limit: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }

  step(): void {
    const live = this.#open.filter(({ model }) => !isEnded(model));
    const subject = live[this.next(live.length)];
    const choice = this.next(16);
    if (choice < 2 || subject === undefined) this.#arrive();
    else if (choice === 2) this.#addInstance();
    else if (choice === 3) this.#kill();
    else if (choice === 4) vi.advanceTimersByTime(150);
    else if (choice === 5) this.#leave(subject);
    else if (choice === 6) this.#timeOut(subject);
    else if (choice < 9) this.#sendBody(subject);
    else this.#answer(subject);
    this.#settle();
  }

  #arrive(): void {
    const kind = kinds[this.next(kinds.length)] ?? { method: "GET", lines: "", size: 0 };
    const head = `${kind.method} /a HTTP/1.1\r\nHost: a\r\n${kind.lines}`;
    // Its admission happens at once: what is seen of it there is told when its subject exists.
    const seen: FakeUpstream[] = [];
    const { onSent } = this.world;
    this.world.onSent = (_exchange, upstream) => seen.push(upstream);
    const { exchange, client } = this.world.request(head);
    this.world.onSent = onSent;
    this.#admitting = null;
    const model = newRequest({ isIdempotent: isIdempotent(exchange.head), isSent: kind.size === 0 });
    const subject: Subject = { exchange, client, size: kind.size, sent: 0, model, upstream: null, failedBy: null };
    this.subjects.push(subject);
    this.#open.push(subject);
    this.#byExchange.set(exchange, subject);
    for (const upstream of seen) this.#onSent(exchange, upstream);
    if (seen.length === 0) this.#tell(subject, exchange.place === null ? requestEvent.refuse : requestEvent.queue);
  }

  #addInstance(): void {
    if (this.world.instances.filter(({ state }) => state === "ready").length < 3) this.world.addInstance();
  }

  #kill(): void {
    const ready = this.world.instances.filter(({ state }) => state === "ready");
    const victim = ready[this.next(ready.length)];
    if (victim === undefined) return;
    victim.state = "failed";
    for (const subject of this.#open) {
      if (subject.upstream?.instance === victim && subject.upstream.receiver !== null) this.#lose(subject);
    }
  }

  #lose(subject: Subject): void {
    const { upstream } = subject;
    const receiver = upstream?.take() ?? null;
    if (upstream === null || receiver === null) return;
    if (phaseOf(subject.model) === requestPhase.dispatched) {
      if (upstream.hasConnected) this.#tell(subject, requestEvent.connect);
      subject.failedBy = {
        name: upstream.instance.name,
        strictly: upstream.hasConnected && !upstream.isReused,
      };
    }
    subject.upstream = null;
    const may = mayReplay(subject.model);
    this.#takeReplay.mockClear();
    receiver.onBroken("TIDEGATE_INSTANCE_LOST", null);
    expect(this.#takeReplay.mock.calls.length, "the budget is asked for what may be sent again").toBe(may ? 1 : 0);
    const isPaidFor = this.#takeReplay.mock.results[0]?.value === true;
    this.#tell(subject, isPaidFor ? requestEvent.lose : requestEvent.loseForGood);
  }

  #leave(subject: Subject): void {
    if (isTunnel(subject.model)) return this.#closeTunnel(subject);
    this.#tell(subject, requestEvent.leave);
    subject.exchange.onClientGone();
  }

  #closeTunnel(subject: Subject): void {
    this.#tell(subject, requestEvent.complete);
    subject.client.socket.destroy();
    subject.upstream?.socket.destroy();
  }

  #timeOut(subject: Subject): void {
    if (isTunnel(subject.model)) return;
    const phase = phaseOf(subject.model);
    const isOwing = holdsSlot(subject.model) || phase === requestPhase.unread;
    if (isOwing) this.#tell(subject, phase === requestPhase.unread ? requestEvent.dropRest : requestEvent.giveUp);
    const now = performance.now();
    // Three looks: who is waited for, then whether that went on for longer than any timeout.
    for (const later of [0, 1, 200_000]) subject.exchange.sweep(now + later);
  }

  #sendBody(subject: Subject): void {
    const { exchange, size } = subject;
    if (isSent(subject.model) || subject.client.socket.isPaused) return;
    if (size < 0 && this.next(6) === 0) {
      expect(exchange.takeBody(Buffer.from("oops"), 0)).toBe(-1);
      this.#tell(subject, requestEvent.giveUp);
      return exchange.onRequestBroken();
    }
    const isLast = size < 0 ? subject.sent > 3 * chunk || this.next(4) === 0 : subject.sent + chunk >= size;
    const data = Buffer.alloc(chunk, "x");
    const framed =
      size < 0 ? Buffer.concat([Buffer.from(`${chunk.toString(16)}\r\n`), data, Buffer.from("\r\n")]) : data;
    const bytes = size < 0 && isLast ? Buffer.from("0\r\n\r\n") : framed;
    subject.sent += bytes.length;
    // What is too much is dropped as soon as it is on its way, or has gone there.
    const drops = subject.sent > 64 * 1024 && phaseOf(subject.model) === requestPhase.dispatched;
    if (drops && isHeld(subject.model)) this.#tell(subject, requestEvent.overflow);
    if (!isHeld(subject.exchange.state) && isHeld(subject.model)) this.#tell(subject, requestEvent.overflow);
    if (
      phaseOf(subject.model) >= requestPhase.firstByte &&
      phaseOf(subject.model) !== requestPhase.pausing &&
      isHeld(subject.model)
    ) {
      this.#tell(subject, requestEvent.overflow);
    }
    if (isLast) this.#tell(subject, requestEvent.sent);
    expect(exchange.takeBody(bytes, 0)).toBe(bytes.length);
  }

  #answer(subject: Subject): void {
    const { upstream, exchange } = subject;
    const receiver = upstream?.receiver ?? null;
    if (upstream === null || receiver === null) return;
    const phase = phaseOf(subject.model);
    const choice = this.next(10);
    if (choice === 0) {
      upstream.hasConnected ||= this.next(2) === 0;
      return this.#lose(subject);
    }
    upstream.hasConnected = true;
    if (phase === requestPhase.dispatched && choice === 1) {
      this.#tell(subject, requestEvent.connect);
      this.#tell(subject, requestEvent.invalid);
      upstream.take()?.onBroken("TIDEGATE_RESPONSE_INVALID", null);
      subject.upstream = null;
    } else if (phase === requestPhase.dispatched && exchange.head.upgrade !== null) {
      this.#tell(subject, requestEvent.upgrade);
      upstream.take();
      const head = responseHead(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        "GET",
      );
      receiver.onUpgrade(head, upstream.socket as never, Buffer.alloc(0));
    } else if (phase === requestPhase.dispatched) {
      this.#tell(subject, requestEvent.head);
      receiver.onHead(responseHead("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", exchange.method), false);
    } else if (phase === requestPhase.firstByte) {
      this.#tell(subject, requestEvent.complete);
      const body = Buffer.from("ok");
      receiver.onBody(body, 0, 2);
      upstream.complete();
    }
  }

  #onSent(exchange: Exchange, upstream: FakeUpstream): void {
    const subject = this.#byExchange.get(exchange);
    if (subject === undefined) throw new Error("Cannot tell whose request was sent");
    if (this.#admitting === exchange) this.#admitting = null;
    upstream.instance.isReusing = this.next(2) === 0;
    this.#tell(subject, requestEvent.grant);
    subject.upstream = upstream;
    const { failedBy } = subject;
    if (failedBy !== null && failedBy.name === upstream.instance.name) {
      const others = this.world.instances.filter(({ state }) => state === "ready").length - 1;
      expect({ ...failedBy, others }, "who failed it is not asked again").toEqual({
        ...failedBy,
        strictly: false,
        others: 0,
      });
    }
    if (subject.sent > 64 * 1024 && isHeld(subject.model)) this.#tell(subject, requestEvent.overflow);
  }

  #tell(subject: Subject, event: RequestEvent): void {
    subject.model = stepRequest(subject.model, event) & requestStateMask;
  }

  /** A request whose pause is over was admitted anew: by what it does now the model knows what became of it. */
  #settle(): void {
    for (const subject of this.#open) {
      const phase = phaseOf(subject.exchange.state);
      if (phaseOf(subject.model) === requestPhase.pausing && phase === requestPhase.queued) {
        this.#tell(subject, requestEvent.queue);
      } else if (phaseOf(subject.model) === requestPhase.pausing && phase === requestPhase.failed) {
        this.#tell(subject, requestEvent.refuse);
      }
    }
  }

  /** Checks those that are under way, and those that have just ended. */
  check(subjects: readonly Subject[] = this.#open): void {
    this.#open = this.subjects.filter(({ model }) => !isEnded(model));
    const count = (test: (subject: Subject) => boolean): number => this.#open.filter(test).length;
    for (const { exchange, client, model } of subjects) {
      expect(exchange.state).toBe(model);
      const ended = isEnded(model);
      expect(this.world.records.get(exchange)?.length).toBe(ended ? 1 : 0);
      expect(client.ends).toBe(ended ? 1 : 0);
      if (ended) expect(client.socket.writes, "no byte after the end").toBe(client.writesAtEnd);
      expect(client.socket.text.match(/HTTP\/1\.1 [2-5]\d\d/g)?.length ?? 0).toBeLessThanOrEqual(1);
      expect(exchange.place !== null).toBe(phaseOf(model) === requestPhase.queued);
    }
    const slots = count(({ model }) => holdsSlot(model));
    expect(this.world.activator.inFlight).toBe(slots);
    expect(this.world.instances.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(slots);
    for (const { inFlight } of this.world.instances) expect(inFlight).toBeLessThanOrEqual(concurrency);
    expect(this.world.activator.queued).toBe(count(({ model }) => phaseOf(model) === requestPhase.queued));
  }

  /** Lets all clients leave: nothing may be left then. */
  end(): void {
    for (const subject of this.subjects) if (!isEnded(subject.model)) this.#leave(subject);
    this.check(this.subjects);
    expect(this.world.activator.inFlight).toBe(0);
    expect(this.world.activator.queued).toBe(0);
    expect(heldBodies.bytes).toBe(0);
  }
}

it("exchanges are in the state that the model says, whatever happens in whatever order", { timeout: 120_000 }, () => {
  const warned = vi.spyOn(process, "emitWarning");
  const phases = new Set<number>();
  for (let seed = 1; seed <= 150; seed++) {
    const run = new Run(seed);
    for (let steps = 0; steps < 120; steps++) {
      run.step();
      run.check();
      for (const { model } of run.subjects) phases.add(phaseOf(model));
    }
    run.end();
  }
  expect(warned).not.toHaveBeenCalled();
  expect(phases).toEqual(new Set(Object.values(requestPhase).filter((phase) => phase !== requestPhase.arrived)));
});
