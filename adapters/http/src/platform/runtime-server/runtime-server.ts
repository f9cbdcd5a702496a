import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { TidegateError } from "@tidegate/core";
import { LOAD, type Loading } from "../../bootstrap/framework.ts";
import { LISTENER } from "../../handler.ts";
import type { Listener } from "../../listener.ts";
import { createRuntimeListener, type RuntimeHooks } from "./runtime-listener.ts";
import {
  detectRuntimePlatform,
  type Environment,
  PLATFORM_IDLE_MS,
  type RuntimePlatform,
  runtimePort,
} from "./runtime-platform.ts";

/** A handler of `toHandler`, of any framework's adapter. */
export interface RuntimeHandler {
  (event: unknown, context?: unknown): PromiseLike<unknown>;
  readonly [LISTENER]: Listener;
}

/** Settings of {@link createRuntimeServer}. */
export interface RuntimeServerOptions extends RuntimeHooks {
  /** Where the server runs. Default: found by the environment variables of the platforms. */
  platform?: RuntimePlatform;
  /**
   * Whether the platform forwards HTTP requests or sends events. Tencent's image functions and Huawei's container
   * functions may be either, and their requests do not tell. Alibaba's do. Default: `http`.
   */
  receives?: "http" | "events";
  /** Port to listen on, 0 for a free one. Default: the platform's. */
  port?: number;
  /** Address to listen on. Default: `0.0.0.0`, since platforms do not come by the loopback address. */
  host?: string;
  /** Takes WebSockets and other upgrades. Default: they are answered as requests, as by any Node server. */
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Milliseconds running requests may take once the server stops. Default: 10 000. */
  stopTimeoutMs?: number;
  /** Whether SIGTERM stops the server and then, unless somebody else listens for it, the process. Default: true. */
  handlesSignals?: boolean;
  /** Variables to find platform and port by. Default: `process.env`. */
  env?: Environment;
  /** Takes the lines by which Alibaba ties logs to requests. Default: standard output. */
  log?: (line: string) => void;
}

/** A server a platform forwards to. */
export interface RuntimeServer {
  readonly platform: RuntimePlatform;
  /**
   * Begins to listen.
   *
   * @returns the port
   * @throws TIDEGATE_SERVER_LISTEN_FAILED
   */
  start(): Promise<{ port: number }>;
  /** Takes no more connections and waits for running requests. May be called at any time, and again. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;

/**
 * Makes the server for platforms that forward HTTP to a process instead of calling a function: custom runtimes and
 * containers of Alibaba Function Compute, web and image functions of Tencent SCF, HTTP and container functions of
 * Huawei FunctionGraph, Google Cloud Run. The app is served as by any Node server; the platform's own calls (events,
 * initializer, pre-stop) are answered for it.
 *
 * @param handler what `toHandler` made of the app
 * @param options see {@link RuntimeServerOptions}
 *
 * @example
 * const server = createRuntimeServer(toHandler(app));
 * await server.start();
 */
export function createRuntimeServer(handler: RuntimeHandler, options: RuntimeServerOptions = {}): RuntimeServer {
  return new ListeningServer(handler, options);
}

class ListeningServer implements RuntimeServer {
  readonly platform: RuntimePlatform;
  readonly #options: RuntimeServerOptions;
  readonly #server: Server;
  readonly #port: number | string;
  #starting: Promise<{ port: number }> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(handler: RuntimeHandler, options: RuntimeServerOptions) {
    const { env = process.env, upgrade } = options;
    this.#options = options;
    this.platform = options.platform ?? detectRuntimePlatform(env);
    this.#port = options.port ?? runtimePort(this.platform, env);
    const listener = createRuntimeListener(this.platform, {
      listener: handler[LISTENER],
      handler,
      load: (handler[LISTENER] as Loading)[LOAD] ?? (() => undefined),
      hooks: options,
      receivesEvents: options.receives === "events",
      log: options.log ?? ((line) => process.stdout.write(`${line}\n`)),
    });
    // Not imported, see node-http.ts.
    this.#server = process.getBuiltinModule("node:http").createServer((request, response) => {
      response.once("close", () => this.#closeIdle());
      return listener(request, response);
    });
    if (this.platform !== "plain") this.#trustPlatform();
    if (upgrade !== undefined) this.#server.on("upgrade", upgrade);
  }

  start(): Promise<{ port: number }> {
    this.#starting ??= this.#listen();
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  /** The platform keeps its connections for long, opens some ahead, and limits the time of requests itself. */
  #trustPlatform(): void {
    this.#server.keepAliveTimeout = PLATFORM_IDLE_MS;
    this.#server.headersTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  #listen(): Promise<{ port: number }> {
    const { host = "0.0.0.0", handlesSignals = true } = this.#options;
    const failed = (cause: unknown): TidegateError => {
      const state = cause instanceof Error ? cause.message : String(cause);
      const message = `Cannot listen on "${host}", port "${this.#port}": ${state}`;
      return new TidegateError("TIDEGATE_SERVER_LISTEN_FAILED", message, { cause });
    };
    return new Promise((resolve, reject) => {
      if (this.#stopping !== undefined) {
        reject(failed("the server was stopped"));
        return;
      }
      this.#server.once("error", (error) => reject(failed(error)));
      try {
        this.#server.listen({ port: Number(this.#port), host }, () => {
          if (handlesSignals) process.on("SIGTERM", this.#terminate);
          const address = this.#server.address();
          resolve({ port: typeof address === "object" && address !== null ? address.port : 0 });
        });
      } catch (error) {
        // A port that is no number is refused at once.
        reject(failed(error));
      }
    });
  }

  async #close(): Promise<void> {
    // A start that fails says so to its own caller.
    await this.#starting?.catch(() => {});
    process.off("SIGTERM", this.#terminate);
    if (!this.#server.listening) return;
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    clearTimeout(timer);
  }

  /** Node closes connections that are idle when a server closes, but keeps those that become so afterwards. */
  #closeIdle(): void {
    if (this.#stopping !== undefined) setImmediate(() => this.#server.closeIdleConnections());
  }

  readonly #terminate = (): void => {
    this.stop().then(() => {
      // Alone, this listener has taken the place of Node's default, which ends the process. Not by the signal again: the
      // first process of a container is deaf to it.
      if (process.listenerCount("SIGTERM") === 0) process.exit(0);
    }, console.error);
  };
}
