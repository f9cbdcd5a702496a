import { connect } from "node:http2";

export interface Http2LoadOptions {
  /** Where HTTP/2 is spoken without TLS. */
  readonly url: string;
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly streams: number;
  readonly seconds: number;
}

export interface Http2LoadResult {
  readonly perSecond: number;
  readonly failed: number;
  readonly responses: number;
  readonly latenciesMs: readonly number[];
}

/** Sends `GET /` over HTTP/2 in a closed loop: each stream is followed by the next when its response is whole. */
export async function http2Load({ url, connections, streams, seconds }: Http2LoadOptions): Promise<Http2LoadResult> {
  const latenciesMs: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  const session = async (): Promise<void> => {
    const client = connect(url);
    client.on("error", () => {});
    await Promise.all(
      Array.from({ length: streams }, async () => {
        while (performance.now() < endAt) {
          const sentAt = performance.now();
          if (await one(client)) latenciesMs.push(performance.now() - sentAt);
          else failed++;
          if (client.destroyed) return;
        }
      }),
    );
    client.close();
  };
  await Promise.all(Array.from({ length: connections }, session));
  const elapsedMs = performance.now() - startedAt;
  return { perSecond: (latenciesMs.length * 1000) / elapsedMs, failed, responses: latenciesMs.length, latenciesMs };
}

function one(client: ReturnType<typeof connect>): Promise<boolean> {
  if (client.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    let status = 0;
    const stream = client.request({ ":path": "/" });
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("error", () => {});
    stream.on("close", () => resolve(status === 200));
    stream.resume();
  });
}
