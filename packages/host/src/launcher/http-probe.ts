import { request } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import type { Endpoint } from "./launcher.ts";

export interface Probe {
  readonly method: "GET" | "OPTIONS";
  readonly path: string;
  readonly protocol: "http1" | "h2c";
  /** Longest wait for the head of the answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a probe found: the status of the answer, or why there was none. */
export type ProbeResult = { readonly status: number } | { readonly failure: string };

const headers = { Host: "localhost", "User-Agent": "tidegate-probe" } as const;

/**
 * Asks an instance past the gateway, over a connection of its own: one that is kept could be fine while the app takes no
 * new ones.
 */
export function probe(endpoint: Endpoint, asked: Probe): Promise<ProbeResult> {
  return asked.protocol === "h2c" ? probeHttp2(endpoint, asked) : probeHttp1(endpoint, asked);
}

function probeHttp1(endpoint: Endpoint, { method, path, timeoutMs }: Probe): Promise<ProbeResult> {
  const where =
    "path" in endpoint ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port, family: 4 };
  return new Promise((resolve) => {
    const asked = request({ ...where, method, path, headers: { ...headers, Connection: "close" }, agent: false });
    const timer = setTimeout(() => asked.destroy(new Error(`no answer after ${timeoutMs} ms`)), timeoutMs);
    timer.unref();
    asked.on("response", (response) => {
      resolve({ status: response.statusCode ?? 0 });
      response.destroy();
    });
    asked.on("upgrade", (_, socket) => socket.destroy());
    asked.on("error", (error) => resolve({ failure: error.message }));
    asked.on("close", () => {
      clearTimeout(timer);
      resolve({ failure: "it closed the connection" });
    });
    asked.end();
  });
}

function probeHttp2(endpoint: Endpoint, { method, path, timeoutMs }: Probe): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const session = connectHttp2("http://localhost", { createConnection: () => connect({ ...endpoint }) });
    const timer = setTimeout(() => end({ failure: `no answer after ${timeoutMs} ms` }), timeoutMs);
    timer.unref();
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      resolve(result);
      session.destroy();
    };
    session.on("error", (error) => end({ failure: error.message }));
    session.on("close", () => end({ failure: "it closed the connection" }));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: method,
      [constants.HTTP2_HEADER_PATH]: path,
      "user-agent": headers["User-Agent"],
    });
    stream.on("response", (head) => end({ status: Number(head[constants.HTTP2_HEADER_STATUS] ?? 0) }));
    stream.on("error", (error) => end({ failure: error.message }));
    stream.end();
  });
}
