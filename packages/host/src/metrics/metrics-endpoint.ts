import type { HostOptions } from "../host-options.ts";
import type { Listening } from "../takeover/left-sockets.ts";
import { type Takeover, takeSocket } from "../takeover/takeover.ts";
import { HostMetrics, type MetricsAnswer } from "./host-metrics.ts";
import { defaultMetricsHostname, MetricsServer } from "./metrics-server.ts";
import type { MetricsSource } from "./metrics-source.ts";

/** The metrics of a host, on a port of their own where it has one. */
export class MetricsEndpoint {
  readonly #metrics: HostMetrics;
  /** Null where metrics have no port of their own. */
  readonly #server: MetricsServer | null;
  readonly #place: { readonly port: number; readonly hostname: string } | null;

  constructor(source: MetricsSource, place: HostOptions["metrics"]) {
    this.#metrics = new HostMetrics(source);
    this.#place = place === undefined ? null : { hostname: defaultMetricsHostname, ...place };
    this.#server = this.#place && new MetricsServer({ metrics: this.#metrics, ...this.#place });
  }

  /** @throws TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED */
  async start(takeover: Takeover | null): Promise<void> {
    this.#metrics.start();
    if (this.#place === null) return;
    await this.#server?.start(takeSocket(takeover, "metrics", this.#place.port, this.#place.hostname));
  }

  /** Idempotent; safe before start. Resolves when its port is free. */
  async stop(): Promise<void> {
    this.#metrics.stop();
    await this.close();
  }

  /** Leaves its port to others. Numbers are counted on. */
  async close(): Promise<void> {
    await this.#server?.stop();
  }

  answer(accept?: string): Promise<MetricsAnswer> {
    return this.#metrics.answer(accept);
  }

  /** Where it listens; nothing where metrics have no port of their own. */
  listening(): Listening[] {
    if (this.#place === null || this.#server === null) return [];
    const { descriptor, port: boundPort } = this.#server;
    return [{ name: "metrics", ...this.#place, descriptor, boundPort }];
  }
}
