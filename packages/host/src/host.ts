import { rm } from "node:fs/promises";
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import type { InstanceInfo } from "@tidegate/core";
import { checkEntry } from "./entry.ts";
import { HostError } from "./errors.ts";
import { functionInfo } from "./function-info.ts";
import { type DrainOptions, Gateway } from "./gateway/gateway.ts";
import { keepAliveBufferMs } from "./gateway/keep-alive-lines.ts";
import { defaultPort, gatewaySettings } from "./gateway-settings.ts";
import type {
  FunctionInfo,
  FunctionOptions,
  Host,
  HostCounters,
  HostEvent,
  HostOptions,
  StopOptions,
} from "./host-options.ts";
import { hostUrl } from "./host-url.ts";
import { MemoryGuard } from "./memory/memory-guard.ts";
import { HostMetrics, type MetricsAnswer } from "./metrics/host-metrics.ts";
import { defaultMetricsHostname, MetricsServer } from "./metrics/metrics-server.ts";
import { appliedOptions, type Change, settingChanges } from "./reload/change.ts";
import { FunctionTable } from "./reload/function-table.ts";
import { createRuntimeDir } from "./runtime-dir.ts";
import { createAcceptTrouble } from "./takeover/accept-trouble.ts";
import { type Listening, leftSockets } from "./takeover/left-sockets.ts";
import { type SuccessorCommand, startSuccessor, type Upgrade } from "./takeover/successor.ts";
import { boundPort, closeUntaken, type LeftSocket, type Takeover, takeSocket } from "./takeover/takeover.ts";
import { TemplateStore } from "./template/template-store.ts";

/** What takes too long is looked for about once a second: its answer, a 504, must still find its client, in milliseconds. */
const timeoutSlackMs = 2_000;

/** When a host stops, apps get this long to end their event streams and WebSockets after SIGTERM, in milliseconds. */
const streamGraceMs = 2_000;

/** When a host stops, clients get this long to read what is left for them, in milliseconds. */
const unreadMs = 2_000;

/** Part of the memory limit that templates may have together where nothing else is said. */
const templatesPart = 0.25;

/** Part of the memory limit in use from which templates that are not used give back what they can. */
const scarcePart = 0.5;

/** A new host gets at least this long to serve, in milliseconds. */
const shortestUpgradeMs = 60_000;

/**
 * Creates a host: functions behind one gateway.
 *
 * @example
 * const host = createHost({ port: 0, functions: [{ name: "shop", entry: { kind: "node", file: "/app/server.js" } }] });
 * await host.start();
 * await fetch(host.url); // starts the first instance
 * await host.stop();
 */
export function createHost(options: HostOptions): Host {
  return new TidegateHost(options);
}

/** How a host takes leave of its clients. */
interface Farewell extends DrainOptions {
  readonly drainDelayMs: number;
  /** Whether another host serves already: then nothing hurries. */
  readonly isReplaced: boolean;
}

class TidegateHost implements Host {
  #options: HostOptions;
  readonly #functions: FunctionTable;
  readonly #gateway: Gateway;
  readonly #memory: MemoryGuard;
  readonly #templates: TemplateStore;
  readonly #metrics: HostMetrics;
  /** Null where metrics have no port of their own. */
  readonly #metricsServer: MetricsServer | null;
  #runtimeDir = "";
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #isServing = false;
  /** Reloads and upgrades follow one another. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Aborted when the host is told to stop. */
  readonly #ending: AbortController = new AbortController();
  /** Aborted when it is told to stop at once. */
  readonly #cutting: AbortController = new AbortController();

  constructor(options: HostOptions) {
    this.#options = options;
    const onEvent = (event: HostEvent): void => options.onEvent?.(event);
    this.#templates = new TemplateStore({
      budgetBytes: () => this.#options.templates?.memoryBytes ?? templatesPart * this.#memory.limitBytes,
      hasMemory: () => this.#memory.canStart && !this.#memory.isTight,
      isScarce: () => this.#memory.usedPart > scarcePart,
    });
    this.#memory = new MemoryGuard({
      limitBytes: () => this.#options.memoryLimitBytes ?? null,
      functions: () => this.#functions.current.map((fn) => fn.watched()),
      templates: () => this.#templates.parked(),
      onProblem: (code, message) => onEvent({ type: "problem", code, function: null, message }),
    });
    const services = {
      runtimeDir: () => this.#runtimeDir,
      publicPort: () => this.port,
      onEvent,
      memory: this.#memory,
      templates: this.#templates,
    };
    this.#functions = new FunctionTable(options.functions, services);
    this.#gateway = new Gateway({
      port: options.port ?? defaultPort,
      hostname: options.hostname ?? null,
      ...gatewaySettings(options),
      functions: this.#functions.current,
      onInvocation: options.onInvocation ?? null,
      onAcceptError: createAcceptTrouble(onEvent),
      tls: options.tls ?? [],
      http2: options.http2 ?? true,
      proxyProtocol: options.proxyProtocol ?? false,
      onProblem: (code, message) => onEvent({ type: "problem", code, function: null, message }),
    });
    this.#metrics = new HostMetrics({
      functions: () => this.#functions.current,
      meter: this.#gateway.meter,
      connections: () => this.#gateway.connections,
      certificates: () => this.#gateway.certificates,
    });
    const place = metricsPlace(options);
    this.#metricsServer = place && new MetricsServer({ metrics: this.#metrics, ...place });
  }

  get url(): string {
    return hostUrl(this.#options, this.port);
  }

  get port(): number {
    const { port } = this.#gateway;
    // Instances are told the port before the gateway listens on a socket that was left to it.
    return port === 0 ? boundPort(this.#options.takeover ?? null, "gateway") : port;
  }

  /** Errors: TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED, TIDEGATE_TLS_INVALID, TIDEGATE_HOST_STOPPING. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    for (const { config } of this.#functions.current) await checkEntry(config);
    this.#runtimeDir = await createRuntimeDir(this.#options.runtimeDir);
    const { takeover = null, hostname = null, port = defaultPort } = this.#options;
    let warmed = 0;
    try {
      if (takeover !== null) warmed = await this.#warm(takeover.ready, takeover.abandoned);
      if (this.#ending.signal.aborted) throw stoppingError("start the host");
      await this.#startMetrics(takeover);
      await this.#gateway.start(takeSocket(takeover, "gateway", port, hostname));
    } catch (error) {
      await this.#stopMetrics();
      await this.#functions.stop("terminate");
      await rm(this.#runtimeDir, { recursive: true, force: true });
      throw error;
    }
    if (takeover !== null) closeUntaken(takeover);
    this.#isServing = true;
    this.#options.onEvent?.({ type: "listening", url: this.url });
    this.#memory.start();
    this.#functions.start();
    takeover?.serving(warmed);
  }

  async #startMetrics(takeover: Takeover | null): Promise<void> {
    this.#metrics.start();
    const place = metricsPlace(this.#options);
    if (place === null) return;
    await this.#metricsServer?.start(takeSocket(takeover, "metrics", place.port, place.hostname));
  }

  async #stopMetrics(): Promise<void> {
    this.#metrics.stop();
    await this.#metricsServer?.stop();
  }

  /** Once the host before is gone nobody answers: then requests may wait for instances as they always do. */
  async #warm(ready: Readonly<Record<string, number>>, abandoned: AbortSignal): Promise<number> {
    if (abandoned.aborted) return 0;
    const gone = new Promise<number>((resolve) =>
      abandoned.addEventListener("abort", () => resolve(0), { once: true }),
    );
    return Promise.race([this.#functions.warm(ready), gone]);
  }

  stop(options: StopOptions = {}): Promise<void> {
    if (this.#starting === null) return Promise.resolve();
    const stopping = this.#begin({ drainDelayMs: this.#options.drainDelayMs ?? 0, isReplaced: false });
    if (options.now === true) this.#cutOff();
    return stopping;
  }

  #begin(farewell: Farewell): Promise<void> {
    this.#ending.abort();
    this.#stopping ??= this.#stop(farewell);
    return this.#stopping;
  }

  instances(): InstanceInfo[] {
    return this.#functions.infos();
  }

  functions(): FunctionInfo[] {
    return this.#functions.current.map(functionInfo);
  }

  counters(): HostCounters {
    const { requests, failed, coldStarts } = this.#gateway;
    let inFlight = 0;
    let queued = 0;
    for (const { activator } of this.#functions.all()) {
      inFlight += activator.inFlight;
      queued += activator.queued;
    }
    return { requests, failed, coldStarts, inFlight, queued };
  }

  metrics(accept?: string): Promise<MetricsAnswer> {
    return this.#metrics.answer(accept);
  }

  async reload(functionName: string, change: Partial<FunctionOptions> = {}): Promise<void> {
    const action = `reload function "${functionName}"`;
    await this.#change(action, () => {
      if (this.#functions.find(functionName) === null) {
        throw new HostError("TIDEGATE_FUNCTION_NOT_FOUND", `Cannot ${action}: there is none of this name`);
      }
      const functions = this.#functions.current.map(({ given }) =>
        given.name === functionName ? { ...given, ...change, name: functionName } : given,
      );
      return this.#apply({ ...this.#options, functions }, [functionName], action);
    });
  }

  apply(options: HostOptions, redeployed: readonly string[] = []): Promise<Change[]> {
    const action = "reload the host";
    return this.#change(action, () => this.#apply(options, redeployed, action));
  }

  upgrade(command: SuccessorCommand): Promise<Upgrade> {
    return this.#change("upgrade the host", async () => {
      const upgrade = await startSuccessor(command, {
        sockets: this.#sockets(),
        ready: Object.fromEntries(this.#functions.current.map((fn) => [fn.config.name, fn.answering])),
        timeoutMs: command.timeoutMs ?? Math.max(shortestUpgradeMs, 2 * this.#longest("startTimeoutMs")),
        signal: this.#ending.signal,
      });
      // Its numbers are those that count from here on.
      await this.#metricsServer?.stop();
      // No load balancer needs to be told. Clients that keep connections here find the new host by their next request.
      const lingerIdleMs = gatewaySettings(this.#options).keepAliveTimeoutMs + keepAliveBufferMs;
      void this.#begin({ drainDelayMs: 0, lingerIdleMs, isReplaced: true });
      return upgrade;
    });
  }

  #change<T>(action: string, work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(() => {
      if (this.#ending.signal.aborted || !this.#isServing) throw stoppingError(action);
      return work();
    });
    this.#changes = done.catch(() => {});
    return done;
  }

  async #apply(options: HostOptions, redeployed: readonly string[], action: string): Promise<Change[]> {
    const prepared = await this.#functions.prepare(options.functions, new Set(redeployed));
    if (this.#ending.signal.aborted) {
      await prepared.abort();
      throw stoppingError(action);
    }
    const settings = gatewaySettings(options);
    const live = new Set([...Object.keys(settings), "drainDelayMs", "templates"]);
    const changes = [...prepared.commit(), ...settingChanges(this.#options, options, live)];
    this.#gateway.reroute(this.#functions.current);
    this.#gateway.configure(settings);
    this.#options = appliedOptions(this.#options, options, changes);
    return changes;
  }

  #sockets(): LeftSocket[] {
    const { port = defaultPort, hostname = null } = this.#options;
    const metrics = metricsPlace(this.#options);
    const { descriptor, port: bound } = this.#gateway;
    const servers: Listening[] = [{ name: "gateway", port, hostname, descriptor, boundPort: bound }];
    if (metrics !== null && this.#metricsServer !== null) {
      const { descriptor: left, port: boundPort } = this.#metricsServer;
      servers.push({ name: "metrics", ...metrics, descriptor: left, boundPort });
    }
    return leftSockets(servers);
  }

  #longest(name: "timeoutMs" | "startTimeoutMs"): number {
    return Math.max(0, ...this.#functions.all().map(({ config }) => config[name]));
  }

  async #stop({ drainDelayMs, isReplaced, ...drainOptions }: Farewell): Promise<void> {
    if (!this.#isServing) await this.#functions.stop("terminate");
    // What kept it from starting has been thrown there, and cleaned up.
    await this.#starting?.catch(() => {});
    if (!this.#isServing) return;
    if (drainDelayMs > 0) {
      this.#gateway.announceStop();
      await setTimeoutAsync(drainDelayMs, undefined, { signal: this.#cutting.signal }).catch(() => {});
    }
    const timeoutMs = this.#longest("timeoutMs");
    const begunAt = performance.now();
    // Requests first: those that still wait get instances until none is left.
    await this.#gateway.drain(timeoutMs + timeoutSlackMs, drainOptions);
    if (isReplaced) {
      // Nothing hurries: streams may end by themselves in what is left of the time, and keep their instances until then.
      void this.#functions.stop("drain");
      await this.#gateway.streamsEnded(Math.max(0, timeoutMs - (performance.now() - begunAt)));
    }
    // Then the apps, while their streams still reach the clients: their own SIGTERM handlers can end them in order.
    const ended = this.#functions.stop("terminate");
    await this.#gateway.streamsEnded(streamGraceMs);
    await this.#gateway.close(isReplaced ? gatewaySettings(this.#options).bodyTimeoutMs : unreadMs);
    await ended;
    await this.#changes;
    this.#memory.stop();
    await this.#stopMetrics();
    await rm(this.#runtimeDir, { recursive: true, force: true });
  }

  /** Makes the stop that is under way end at once. */
  #cutOff(): void {
    this.#cutting.abort();
    this.#gateway.cutOff();
    void this.#functions.stop("kill");
  }
}

function metricsPlace({ metrics }: HostOptions): { readonly port: number; readonly hostname: string } | null {
  return metrics === undefined ? null : { hostname: defaultMetricsHostname, ...metrics };
}

function stoppingError(action: string): HostError {
  return new HostError("TIDEGATE_HOST_STOPPING", `Cannot ${action}: the host is stopping`);
}
