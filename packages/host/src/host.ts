import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstanceInfo } from "@tidegate/core";
import { checkEntry } from "./entry.ts";
import { HostError } from "./errors.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { FunctionOptions, Host, HostCounters, HostEvent, HostOptions, StopOptions } from "./host-options.ts";
import { ServedFunction } from "./served-function.ts";
import { createAcceptTrouble } from "./takeover/accept-trouble.ts";

/** When a host stops, apps get this long to end their event streams and WebSockets after SIGTERM, in milliseconds. */
const streamGraceMs = 2_000;

/** What a host gets when its options say nothing. */
const hostDefaults = {
  port: 3000,
  trustProxy: false,
  maxHeaderBytes: 16_384,
  keepAliveTimeoutMs: 5_000,
  headersTimeoutMs: 60_000,
} as const;

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
  readonly #options: HostOptions;
  readonly #functions: readonly ServedFunction[];
  readonly #gateway: Gateway;
  #runtimeDir = "";
  #stopping: Promise<void> | null = null;
  #isStarted = false;

  constructor(options: HostOptions) {
    this.#options = options;
    const services = {
      runtimeDir: () => this.#runtimeDir,
      publicPort: () => this.port,
      onEvent: (event: HostEvent) => options.onEvent?.(event),
    };
    this.#functions = options.functions.map((given) => new ServedFunction(given, services));
    this.#gateway = new Gateway({
      port: options.port ?? hostDefaults.port,
      hostname: options.hostname ?? null,
      trustProxy: options.trustProxy ?? hostDefaults.trustProxy,
      maxHeaderBytes: options.maxHeaderBytes ?? hostDefaults.maxHeaderBytes,
      keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? hostDefaults.keepAliveTimeoutMs,
      headersTimeoutMs: options.headersTimeoutMs ?? hostDefaults.headersTimeoutMs,
      functions: this.#functions,
      onInvocation: options.onInvocation ?? null,
      onAcceptError: createAcceptTrouble((event) => options.onEvent?.(event)),
    });
  }

  get url(): string {
    const { hostname } = this.#options;
    const isAny = hostname === undefined || hostname === "0.0.0.0" || hostname === "::";
    const name = isAny ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
    return `http://${name}:${this.port}`;
  }

  get port(): number {
    return this.#gateway.port;
  }

  /** Errors: TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED. */
  async start(): Promise<void> {
    for (const { config } of this.#functions) await checkEntry(config);
    this.#runtimeDir = await createRuntimeDir(this.#options.runtimeDir);
    try {
      await this.#gateway.start();
    } catch (error) {
      await rm(this.#runtimeDir, { recursive: true, force: true });
      throw error;
    }
    this.#isStarted = true;
    this.#options.onEvent?.({ type: "listening", url: this.url });
    for (const fn of this.#functions) fn.start();
  }

  stop({ now = false }: StopOptions = {}): Promise<void> {
    if (!this.#isStarted) return Promise.resolve();
    this.#stopping ??= this.#stop();
    if (now) this.#cutOff();
    return this.#stopping;
  }

  instances(): InstanceInfo[] {
    return this.#functions.flatMap((fn) => fn.infos());
  }

  counters(): HostCounters {
    const { requests, failed, coldStarts } = this.#gateway;
    let inFlight = 0;
    let queued = 0;
    for (const { activator } of this.#functions) {
      inFlight += activator.inFlight;
      queued += activator.queued;
    }
    return { requests, failed, coldStarts, inFlight, queued };
  }

  async reload(functionName: string, change: Partial<FunctionOptions> = {}): Promise<void> {
    const fn = this.#functions.find(({ config }) => config.name === functionName);
    if (fn === undefined) {
      throw new HostError(
        "TIDEGATE_FUNCTION_NOT_FOUND",
        `Cannot reload function "${functionName}": there is none of this name`,
      );
    }
    await fn.reload(change);
    this.#gateway.reroute(this.#functions);
  }

  async #stop(): Promise<void> {
    const graceMs = Math.max(...this.#functions.map(({ config }) => config.timeoutMs));
    // Requests first: those that still wait get instances until none is left.
    await this.#gateway.drain(graceMs);
    // Then the apps, while their streams still reach the clients: their own SIGTERM handlers can end them in order.
    const ended = this.#stopFunctions("terminate");
    await this.#gateway.streamsEnded(streamGraceMs);
    await this.#gateway.close();
    await ended;
    await rm(this.#runtimeDir, { recursive: true, force: true });
  }

  /** Makes the stop that is under way end at once. */
  #cutOff(): void {
    this.#gateway.cutOff();
    void this.#stopFunctions("kill");
  }

  async #stopFunctions(how: "terminate" | "kill"): Promise<void> {
    await Promise.all(this.#functions.map((fn) => fn.stop(how)));
  }
}

/** Only this user may reach the sockets in it: whoever can connect to an instance passes by the gateway. */
async function createRuntimeDir(parent: string = tmpdir()): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "tidegate-"));
}
