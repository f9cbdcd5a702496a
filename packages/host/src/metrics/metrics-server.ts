import { createServer, type Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { HostError } from "../errors.ts";
import type { HostMetrics } from "./host-metrics.ts";

/** Where metrics are served when nothing else is said: they tell about the inside, so only this machine may ask. */
const defaultHostname = "127.0.0.1";

/** Between two tries to bind a port that a host still has, which this one takes over from, in milliseconds. */
const retryPauseMs = 100;

export interface MetricsServerOptions {
  readonly metrics: HostMetrics;
  /** 0 picks a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly hostname?: string;
}

/** `GET /metrics` on a TCP port of its own. */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #server: Server;
  #isStopped = false;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
    this.#server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
      const isKnown = (request.url ?? "").split("?")[0] === "/metrics";
      if (!isKnown || (request.method !== "GET" && request.method !== "HEAD")) {
        response.writeHead(isKnown ? 405 : 404, {
          "content-type": "text/plain",
          ...(isKnown && { allow: "GET, HEAD" }),
        });
        response.end(isKnown ? "Ask with GET\n" : "Metrics are at /metrics\n");
        return;
      }
      void options.metrics.answer(request.headers.accept).then(({ contentType, text }) => {
        response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
        response.end(text);
      });
    });
    this.#server.requestTimeout = 10_000;
    this.#server.keepAliveTimeout = 65_000;
  }

  /** Port it listens on; that of the options before. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  /**
   * @param waitMs how long a port that is in use is waited for, in milliseconds: a host that is taken over from has it until
   * it lets go. Default 0
   * @throws TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED
   */
  async start(waitMs = 0): Promise<void> {
    const until = performance.now() + waitMs;
    for (;;) {
      const error = await this.#listen();
      if (error === null || this.#isStopped) return;
      if (error.code !== "EADDRINUSE" || performance.now() >= until) throw this.#explain(error);
      await pause(retryPauseMs);
    }
  }

  /** Idempotent; safe before start. Resolves when the port is free. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (!this.#server.listening) return;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  #listen(): Promise<NodeJS.ErrnoException | null> {
    const { port, hostname = defaultHostname } = this.#options;
    return new Promise((resolve) => {
      this.#server.once("error", resolve);
      this.#server.listen(port, hostname, () => {
        this.#server.off("error", resolve);
        resolve(null);
      });
    });
  }

  #explain(cause: NodeJS.ErrnoException): HostError {
    const { port, hostname = defaultHostname } = this.#options;
    const where = `Cannot serve metrics on ${hostname}:${port}`;
    if (cause.code !== "EADDRINUSE") {
      return new HostError("TIDEGATE_LISTEN_FAILED", `${where}: ${cause.message}`, { cause });
    }
    return new HostError("TIDEGATE_PORT_IN_USE", `${where}: another program listens there`, { cause });
  }
}
