import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** Pause after a refused attempt, in milliseconds: short, but the program that is awaited needs the processor too. */
const retryPauseMs = 1;

/**
 * Asks until a response with status 200 arrived whole, each time over a new connection.
 *
 * @param address URL, or path of a Unix socket
 * @param timeoutMs after this long it rejects with the last failure. Default 30000
 */
export async function firstResponse(address: string, timeoutMs = 30_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const failure = await ask(address).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) return;
    if (performance.now() > until) {
      throw new Error(`Cannot get a response from "${address}": none within ${timeoutMs} ms`, { cause: failure });
    }
    await pause(retryPauseMs);
  }
}

/** One request over a connection of its own; resolves when the response is whole, rejects unless its status is 200. */
function ask(address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = address.startsWith("/") ? { socketPath: address, path: "/" } : urlOptions(address);
  const req = request({ ...options, agent: false }, (res) => {
    res.on("error", reject);
    res.on("end", () => {
      if (res.statusCode === 200) resolve();
      else reject(new Error(`Cannot use the response of "${address}": status ${res.statusCode}`));
    });
    res.resume();
  });
  req.on("error", reject);
  req.end();
  return promise;
}

function urlOptions(url: string): { host: string; port: string; path: string } {
  const { hostname, port, pathname, search } = new URL(url);
  return { host: hostname, port, path: pathname + search };
}
