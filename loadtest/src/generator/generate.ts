import autocannon from "autocannon";

export interface GeneratorOptions {
  readonly url: string;
  /** Host name to ask for. Default: that of the URL. */
  readonly host?: string;
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number;
  /** How long, in seconds. */
  readonly seconds: number;
  /** Told each answered request: status, and milliseconds until the response was whole. */
  readonly onResponse?: (status: number, latencyMs: number) => void;
  /** Told requests that got no response. */
  readonly onFailure?: (count: number) => void;
}

export interface Generated {
  readonly responses: number;
  /** Requests without a response, or with one outside 2xx. */
  readonly failed: number;
  /** Responses per second of the run's real length. */
  readonly perSecond: number;
  /** Each response's time in milliseconds, as measured, not rounded as in autocannon's histogram. */
  readonly latenciesMs: readonly number[];
}

/** autocannon ends a run with a sample; a shorter interval than its second lets runs be as long as asked. */
const sampleMs = 100;

/**
 * Drives load with autocannon from this process, and counts more strictly than its report: a request that a closed
 * connection took along is sent again by autocannon without a word, here it counts as failed.
 */
export async function generate(options: GeneratorOptions): Promise<Generated> {
  const { url, host, connections, seconds, onResponse, onFailure } = options;
  const latenciesMs: number[] = [];
  let failed = 0;
  const fail = (count: number) => {
    failed += count;
    onFailure?.(count);
  };
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const headers = host === undefined ? {} : { host };
  const run = autocannon({ url, headers, connections, duration: seconds, sampleInt: sampleMs }, (error, result) => {
    if (error) reject(error);
    else resolve(result);
  });
  run.on("response", (_client, status, _bytes, latencyMs) => {
    latenciesMs.push(latencyMs);
    onResponse?.(status, latencyMs);
    if (status < 200 || status > 299) fail(1);
  });
  run.on("reqError", () => fail(1));
  const { errors, requests } = await promise;
  const elapsedMs = performance.now() - started;
  const unanswered = requests.sent - latenciesMs.length - errors - connections;
  if (unanswered > 0) fail(unanswered);
  return { responses: latenciesMs.length, failed, perSecond: (latenciesMs.length * 1000) / elapsedMs, latenciesMs };
}
