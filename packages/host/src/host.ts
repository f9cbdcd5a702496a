import { rm } from "node:fs/promises";
import type { InstanceInfo } from "@tidegate/core";
import { InstanceGroups } from "./cgroup/instance-groups.ts";
import { checkEntry } from "./entry.ts";
import { HostError, type HostErrorCode } from "./errors.ts";
import { type Farewell, takeLeave } from "./farewell.ts";
import { functionInfo } from "./function-info.ts";
import { Gateway } from "./gateway/gateway.ts";
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
import { createHostMemory } from "./memory/host-memory.ts";
import type { MemoryGuard, WatchedFunction } from "./memory/memory-guard.ts";
import type { MetricsAnswer } from "./metrics/host-metrics.ts";
import { MetricsEndpoint } from "./metrics/metrics-endpoint.ts";
import { appliedOptions, type Change, settingChanges } from "./reload/change.ts";
import { FunctionTable } from "./reload/function-table.ts";
import { createRuntimeDir } from "./runtime-dir.ts";
import { createAcceptTrouble } from "./takeover/accept-trouble.ts";
import { leftSockets } from "./takeover/left-sockets.ts";
import { type SuccessorCommand, startSuccessor, type Upgrade } from "./takeover/successor.ts";
import { boundPort, closeUntaken, type LeftSocket, takeSocket } from "./takeover/takeover.ts";

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

class TidegateHost implements Host {
  #options: HostOptions;
  readonly #functions: FunctionTable;
  readonly #gateway: Gateway;
  readonly #memory: MemoryGuard;
  readonly #metrics: MetricsEndpoint;
  #runtimeDir = "";
  /** Null where instances have no control groups. */
  #groups: InstanceGroups | null = null;
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
    const onProblem = (code: HostErrorCode, message: string): void =>
      onEvent({ type: "problem", code, function: null, message });
    const watched = (): WatchedFunction[] => this.#functions.current.map((fn) => fn.watched());
    const { memory, templates } = createHostMemory(() => this.#options, watched, onProblem);
    this.#memory = memory;
    const services = {
      runtimeDir: () => this.#runtimeDir,
      publicPort: () => this.port,
      onEvent,
      memory,
      templates,
      groups: () => this.#groups,
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
      onProblem,
    });
    const source = {
      functions: () => this.#functions.current,
      meter: this.#gateway.meter,
      connections: () => this.#gateway.connections,
      certificates: () => this.#gateway.certificates,
    };
    this.#metrics = new MetricsEndpoint(source, options.metrics);
  }

  get url(): string {
    return hostUrl(this.#options, this.port);
  }

  get port(): number {
    const { port } = this.#gateway;
    // Instances are told the port before the gateway listens on a socket that was left to it.
    return port === 0 ? boundPort(this.#options.takeover ?? null, "gateway") : port;
  }

  /** Errors: TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_CGROUP_UNUSABLE, TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED, TIDEGATE_TLS_INVALID, TIDEGATE_HOST_STOPPING. */
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
      this.#groups = await InstanceGroups.open(this.#options.cgroup ?? "auto");
      if (takeover !== null) warmed = await this.#warm(takeover.ready, takeover.abandoned);
      if (this.#ending.signal.aborted) throw stoppingError("start the host");
      await this.#metrics.start(takeover);
      await this.#gateway.start(takeSocket(takeover, "gateway", port, hostname));
    } catch (error) {
      await this.#metrics.stop();
      await this.#functions.stop("terminate");
      await this.#removeFolders();
      throw error;
    }
    if (takeover !== null) closeUntaken(takeover);
    this.#isServing = true;
    this.#options.onEvent?.({ type: "listening", url: this.url });
    this.#memory.start();
    this.#functions.start();
    takeover?.serving(warmed);
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
      await this.#metrics.close();
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
    const { descriptor, port: bound } = this.#gateway;
    const gateway = { name: "gateway", port, hostname, descriptor, boundPort: bound } as const;
    return leftSockets([gateway, ...this.#metrics.listening()]);
  }

  #longest(name: "timeoutMs" | "startTimeoutMs"): number {
    return Math.max(0, ...this.#functions.all().map(({ config }) => config[name]));
  }

  async #stop(farewell: Farewell): Promise<void> {
    if (!this.#isServing) await this.#functions.stop("terminate");
    // What kept it from starting has been thrown there, and cleaned up.
    await this.#starting?.catch(() => {});
    if (!this.#isServing) return;
    const leaving = {
      gateway: this.#gateway,
      functions: this.#functions,
      timeoutMs: () => this.#longest("timeoutMs"),
      bodyTimeoutMs: () => gatewaySettings(this.#options).bodyTimeoutMs,
      cut: this.#cutting.signal,
    };
    await takeLeave(leaving, farewell);
    await this.#changes;
    this.#memory.stop();
    await this.#metrics.stop();
    await this.#removeFolders();
  }

  async #removeFolders(): Promise<void> {
    await this.#groups?.close();
    await rm(this.#runtimeDir, { recursive: true, force: true });
  }

  /** Makes the stop that is under way end at once. */
  #cutOff(): void {
    this.#cutting.abort();
    this.#gateway.cutOff();
    void this.#functions.stop("kill");
  }
}

function stoppingError(action: string): HostError {
  return new HostError("TIDEGATE_HOST_STOPPING", `Cannot ${action}: the host is stopping`);
}
