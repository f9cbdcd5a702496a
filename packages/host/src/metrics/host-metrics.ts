import { EventLoopDelay } from "./event-loop-delay.ts";
import { type FunctionNumbers, instanceFamilies, invocationFamilies, loadFamilies } from "./function-families.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { MetricsSource } from "./metrics-source.ts";
import { contentTypes, formatFor, metricsText } from "./metrics-text.ts";
import { processFamilies } from "./process-families.ts";
import { type StartNumbers, templateFamilies } from "./template-families.ts";

/** How often memory of instances is read, for the billing meter, in milliseconds. */
const memoryPauseMs = 5_000;

/** Metrics as one HTTP response has them. */
export interface MetricsAnswer {
  readonly contentType: string;
  readonly text: string;
}

/**
 * The metrics of a host. Between two texts it does next to nothing: counters are read where they are, only the memory of
 * instances and the delay of the event loop have to be looked at meanwhile.
 */
export class HostMetrics {
  readonly #source: MetricsSource;
  readonly #delay: EventLoopDelay = new EventLoopDelay();
  #timer: NodeJS.Timeout | null = null;

  constructor(source: MetricsSource) {
    this.#source = source;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#readMemory(performance.now()), memoryPauseMs).unref();
    this.#delay.start();
  }

  /** Idempotent; safe before start. Numbers stay readable. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#delay.stop();
  }

  /**
   * All metrics now.
   *
   * @param accept the request's `Accept`: OpenMetrics for who asks for it, else the text format of Prometheus
   */
  async answer(accept = ""): Promise<MetricsAnswer> {
    const format = formatFor(accept);
    const own = await processFamilies(this.#delay.histogram);
    const text = metricsText([...this.#functionFamilies(), ...this.#hostFamilies(), ...own], format);
    return { contentType: contentTypes[format], text };
  }

  #functionFamilies(): MetricFamily[] {
    const now = performance.now();
    this.#readMemory(now);
    const all: FunctionNumbers[] = [{ name: "", meter: this.#source.meter, instances: null, inFlight: 0, queued: 0 }];
    const starts: StartNumbers[] = [];
    for (const fn of this.#source.functions()) {
      const { config, meter, instanceMeter, activator, startTimes } = fn;
      const { inFlight, queued } = activator;
      starts.push({ name: config.name, startTimes, template: fn.template() });
      all.push({ name: config.name, meter, instances: instanceMeter.read(now), inFlight, queued });
    }
    return [...invocationFamilies(all), ...loadFamilies(all), ...instanceFamilies(all), ...templateFamilies(starts)];
  }

  #hostFamilies(): MetricFamily[] {
    const certificates = [...(this.#source.certificates?.() ?? [])];
    return [
      {
        type: "gauge",
        name: "tidegate_connections",
        help: "Open connections of clients",
        samples: [{ labels: {}, value: this.#source.connections() }],
      },
      {
        type: "gauge",
        name: "tidegate_tls_certificate_expiry_seconds",
        help: "When a certificate ends, since 1970",
        unit: "seconds",
        samples: certificates.map(({ name, notAfter }) => ({ labels: { name }, value: notAfter / 1000 })),
      },
    ];
  }

  #readMemory(now: number): void {
    for (const fn of this.#source.functions()) {
      for (const { instance, memoryBytes } of fn.infos()) {
        if (memoryBytes !== null) fn.instanceMeter.memory(instance, memoryBytes, now);
      }
    }
  }
}
