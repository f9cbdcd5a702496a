import { EventEmitter } from "node:events";
import { type FunctionConfig, functionDefaults, type InstanceState, type InvocationRecord } from "@tidegate/core";
import { Activator } from "../../activator/activator.ts";
import type { Instance } from "../../instance/instance.ts";
import type { InstancePool } from "../../instance/pool.ts";
import type { ServedFunction } from "../../served-function.ts";
import type { ClientConnection } from "../client-connection.ts";
import { Exchange, type ExchangeGateway } from "../exchange.ts";
import { parseRequestHead } from "../request-head.ts";
import type { ResponseReceiver, UpstreamClient, UpstreamConnection } from "../upstream.ts";

/** A socket that remembers what was written to it. */
export class FakeSocket extends EventEmitter {
  text = "";
  writes = 0;
  isPaused = false;
  isDestroyed = false;
  readonly connecting: boolean = false;
  writableNeedDrain = false;

  write(data: string | Buffer): boolean {
    this.text += typeof data === "string" ? data : data.toString("latin1");
    this.writes++;
    return !this.writableNeedDrain;
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  end(): void {}
  destroySoon(): void {
    this.destroy();
  }
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }
}

/** A client's connection for one exchange. */
export class FakeClient {
  readonly socket: FakeSocket = new FakeSocket();
  readonly info: ClientConnection["info"];
  readonly keepAliveLines: string = "Connection: keep-alive\r\n";
  readonly bodyTimeoutMs: number = 60_000;
  ends = 0;
  breaks = 0;
  writesAtEnd = 0;

  constructor() {
    this.info = { address: "192.0.2.1", port: 1, isSecure: false, serverName: null, isHttp2: false };
  }
  forwardedLines(): string {
    return "";
  }
  onExchangeEnd(): void {
    this.ends++;
    this.writesAtEnd = this.socket.writes;
  }
  breakOff(): void {
    this.breaks++;
  }
  detach(): { socket: FakeSocket; early: null } {
    return { socket: this.socket, early: null };
  }
}

/** A connection to an instance. */
export class FakeUpstream {
  readonly socket: FakeSocket = new FakeSocket();
  readonly instance: FakeInstance;
  /** Whether it was there before, and idle. */
  readonly isReused: boolean;
  hasConnected = false;
  isAnswered = false;
  receiver: ResponseReceiver | null = null;

  constructor(instance: FakeInstance, isReused: boolean) {
    this.instance = instance;
    this.isReused = isReused;
    this.hasConnected = isReused;
  }
  begin(receiver: ResponseReceiver): void {
    this.receiver = receiver;
    this.instance.world.onSent(receiver as Exchange, this);
  }
  onRequestSent(): void {
    if (this.isAnswered) this.receiver = null;
  }
  /** The response is complete: the connection is free, once all of the request has been written. */
  complete(): void {
    const { receiver } = this;
    this.isAnswered = true;
    if (receiver?.isRequestSent) this.receiver = null;
    receiver?.onComplete();
  }
  destroy(): void {
    this.receiver = null;
  }
  /** The receiver of what comes now; it gets no more after its response, or its loss. */
  take(): ResponseReceiver | null {
    const { receiver } = this;
    this.receiver = null;
    return receiver;
  }
}

export class FakeInstance {
  readonly revision: string = "r1";
  readonly readyAt: number = 0;
  readonly startedAt: number = 0;
  readonly name: string;
  readonly function: FunctionConfig;
  readonly world: ExchangeWorld;
  readonly upstream: UpstreamClient;
  state: InstanceState = "ready";
  inFlight = 0;
  finished = 0;
  outcomes: boolean[] = [];
  isReusing = false;

  constructor(world: ExchangeWorld, name: string) {
    this.world = world;
    this.name = name;
    this.function = world.config;
    this.upstream = {
      acquire: () => new FakeUpstream(this, this.isReusing) as unknown as UpstreamConnection,
      close: () => {},
    } as UpstreamClient;
  }
  onOutcome(isFailure: boolean): void {
    this.outcomes.push(isFailure);
  }
  onIdle(): void {}
  onDraining(): () => void {
    return () => {};
  }
}

/** Real exchanges and a real activator between clients and instances that are not. */
export class ExchangeWorld implements ExchangeGateway {
  readonly isDraining: boolean = false;
  readonly wantsRecords: boolean = true;
  readonly config: FunctionConfig;
  readonly activator: Activator;
  readonly instances: FakeInstance[] = [];
  readonly records: Map<Exchange, InvocationRecord[]> = new Map();
  /** Told each time a request is sent to an instance. */
  onSent: (exchange: Exchange, upstream: FakeUpstream) => void = () => {};
  /** Told before a request is admitted. */
  onAdmit: (exchange: Exchange) => void = () => {};
  starting = 0;
  problems: string[] = [];
  readonly memory: { canStart: boolean; canServe: boolean; isTight: boolean; makeRoom: () => boolean } = {
    canStart: true,
    canServe: true,
    isTight: false,
    makeRoom: () => false,
  };
  readonly #function: ServedFunction;

  constructor(change: Partial<FunctionConfig> = {}, maxInstances: number = Number.POSITIVE_INFINITY) {
    this.config = {
      ...functionDefaults,
      name: "app",
      entry: { kind: "node", file: "/app.js" },
      cwd: "/",
      env: {},
      routes: [],
      ...change,
    };
    this.activator = new Activator(this.config, this.#pool(), {
      onProblem: (_code, message) => this.problems.push(message),
      memory: this.memory,
      maxInstances: () => maxInstances,
    });
    this.#function = { config: this.config, activator: this.activator } as unknown as ServedFunction;
  }

  addInstance(): FakeInstance {
    const instance = new FakeInstance(this, `app-r1-${this.instances.length + 1}`);
    this.instances.push(instance);
    this.activator.onRoom();
    return instance;
  }

  /** A request arrives, with the first bytes of its body. */
  request(head: string, body = ""): { exchange: Exchange; client: FakeClient } {
    const client = new FakeClient();
    const parsed = parseRequestHead(head);
    if ("refused" in parsed) throw new Error(parsed.why);
    const exchange = new Exchange(client as unknown as ClientConnection, this, parsed, "id");
    this.records.set(exchange, []);
    if (body !== "") exchange.takeBody(Buffer.from(body), 0);
    this.handle(exchange);
    return { exchange, client };
  }

  handle(exchange: Exchange): void {
    this.onAdmit(exchange);
    exchange.function = this.#function;
    const admission = this.activator.admit(exchange);
    if (admission === "queued") exchange.queued();
    else if ("code" in admission) exchange.refused(admission);
    else exchange.forward(admission);
  }

  onEnd(exchange: Exchange, record: InvocationRecord | null): void {
    if (record !== null) this.records.get(exchange)?.push(record);
  }

  recordOf(exchange: Exchange): InvocationRecord | undefined {
    return this.records.get(exchange)?.[0];
  }

  #pool(): InstancePool {
    const ready = (): FakeInstance[] => this.instances.filter(({ state }) => state === "ready");
    const world = this;
    return {
      revision: "r1",
      frozen: 0,
      startMs: 300,
      get ready() {
        return ready().length;
      },
      get starting() {
        return world.starting;
      },
      pick: (preferred: string | null = null, avoided: Instance | null = null) => {
        const free = ready().filter(
          (one) => one.inFlight < world.config.concurrency && (one as unknown as Instance) !== avoided,
        );
        return free.find(({ name }) => name === preferred) ?? free.sort((a, b) => a.inFlight - b.inFlight)[0] ?? null;
      },
      refusal: () => null,
      startRefusal: () => null,
      onFinished: () => {},
    } as unknown as InstancePool;
  }
}
