import { createServer, type IncomingMessage, type Server } from "node:http";
import { descriptorOf, listenAt } from "../takeover/listening.ts";
import type { HostMetrics } from "./host-metrics.ts";

/** Where metrics are served when nothing else is said: they tell about the inside, so only this machine may ask. */
export const defaultMetricsHostname = "127.0.0.1";

export interface MetricsServerOptions {
  readonly metrics: HostMetrics;
  /** 0 picks a free one. */
  readonly port: number;
  /** Address to bind. */
  readonly hostname: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** `GET /metrics` on a TCP port of its own. */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #server: Server;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
    this.#server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
      void answer(request, options.metrics).then(({ status, headers, text }) => {
        response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
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

  /** Descriptor of its listening socket; null when it does not listen. */
  get descriptor(): number | null {
    return descriptorOf(this.#server);
  }

  /**
   * @param descriptor of a listening socket to take over; null: binds one
   * @throws TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED
   */
  async start(descriptor: number | null = null): Promise<void> {
    const { port, hostname } = this.#options;
    // Without descriptors left, connections cannot be accepted: the next scrape finds out, and the host goes on.
    await listenAt(this.#server, { port, hostname, descriptor }, () => {});
  }

  /** Idempotent; safe before start. Resolves when the port is free. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

async function answer(request: IncomingMessage, metrics: HostMetrics): Promise<Answer> {
  const plain = { "content-type": "text/plain; charset=utf-8" };
  if ((request.url ?? "").split("?")[0] !== "/metrics") {
    return { status: 404, headers: plain, text: "Metrics are at /metrics\n" };
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, headers: { ...plain, allow: "GET, HEAD" }, text: "Ask with GET\n" };
  }
  try {
    const { contentType, text } = await metrics.answer(request.headers.accept);
    return { status: 200, headers: { "content-type": contentType }, text };
  } catch (error) {
    // A scrape that fails must not take the host down.
    const text = error instanceof Error ? error.message : String(error);
    return { status: 500, headers: plain, text: `Cannot tell metrics: ${text}\n` };
  }
}
