import type { FunctionConfig } from "@tidegate/core";
import { type ProbeResult, probe } from "./http-probe.ts";
import type { Endpoint } from "./launcher.ts";

/** Pauses between checks of a starting instance, in milliseconds; the last one repeats. */
const pausesMs = [2, 3, 5, 8, 12, 20, 30, 50] as const;

/**
 * Without a path to ask, an answer is waited for this long before a new connection is tried, in milliseconds: an app that
 * listens before it is done answers the first one the moment it is, and has no heap of given up ones to work off.
 */
const patienceMs = 5_000;

/** Waits for an instance to answer. */
export class StartupCheck {
  /** What the instance speaks. A Node instance tells when it listens. */
  protocol: FunctionConfig["protocol"];
  readonly #endpoint: Endpoint;
  readonly #function: FunctionConfig;
  readonly #aborted: AbortController = new AbortController();
  #lacks = "it does not listen";

  constructor(endpoint: Endpoint, fn: FunctionConfig) {
    this.#endpoint = endpoint;
    this.#function = fn;
    this.protocol = fn.entry.kind === "command" ? fn.protocol : "http1";
  }

  /** What keeps the instance from being ready. */
  get lacks(): string {
    return this.#lacks;
  }

  /**
   * Resolves when the function's startup path answers with 2xx or 3xx. Without one any answer to `OPTIONS *` will do: an open
   * port alone is no sign that an app works, since the kernel accepts connections for a program that has not begun to,
   * and port forwarders accept for one that is not there. `OPTIONS *` asks the server itself, of no resource (RFC 9110,
   * 9.3.7), so that of all requests it has the least effects in an app: many servers answer it by themselves.
   * Stays pending when aborted: whoever aborts knows why.
   */
  async passed(): Promise<void> {
    for (let attempt = 0; !this.#aborted.signal.aborted; attempt++) {
      if (await this.#passes()) return;
      const pauseMs = pausesMs[Math.min(attempt, pausesMs.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return new Promise(() => {});
  }

  abort(): void {
    // A reason of its own spares the error, with a stack, that is made of every instance that ends otherwise.
    this.#aborted.abort("it is not waited for any more");
  }

  async #passes(): Promise<boolean> {
    const { health } = this.#function;
    const { protocol } = this;
    const path = health.startupPath;
    const result =
      path === null
        ? await probe(this.#endpoint, { method: "OPTIONS", path: "*", protocol, timeoutMs: patienceMs })
        : await probe(this.#endpoint, { method: "GET", path, protocol, timeoutMs: health.timeoutMs });
    if ("status" in result) {
      if (path === null || isFine(result.status)) return true;
      this.#lacks = `its startup path "${path}" answers with ${result.status}`;
    } else if (!isRefused(result)) {
      this.#lacks = `it accepts connections, but does not answer${path === null ? " HTTP" : ` "${path}"`} (${result.failure})`;
    }
    return false;
  }
}

/** Whether the status of a health check says that all is well. */
export function isFine(status: number): boolean {
  return status >= 200 && status < 400;
}

function isRefused(result: ProbeResult): boolean {
  return "failure" in result && /ECONNREFUSED|ENOENT/.test(result.failure);
}
