import { setTimeout as pause } from "node:timers/promises";
import type { HostLog } from "./host-log.ts";

/** Longest wait for the inspector, in milliseconds. */
const inspectorMs = 10_000;

/** Under load much is alive for a moment: the least of several looks counts. */
const looks = 4;
const lookAgainMs = 700;

/**
 * What is alive in a host's heap: asks the process by SIGUSR1 to open its inspector, as Node does, lets it collect garbage,
 * and looks. Resident memory says less: V8 collects when it likes, and gives back late.
 *
 * @param pid of the host; its `NODE_OPTIONS` choose a free port for the inspector
 * @param log where the host writes the inspector's address
 * @returns bytes of objects and buffers; null when the inspector does not come
 */
export async function collectedHeapBytes(pid: number, log: HostLog): Promise<number | null> {
  const known = log.inspectors.length;
  const open = inspectorOf.get(pid);
  if (open === undefined) process.kill(pid, "SIGUSR1");
  const until = Date.now() + inspectorMs;
  while (open === undefined && log.inspectors.length === known) {
    if (Date.now() > until) return null;
    await pause(50);
    log.read();
  }
  const url = open ?? log.inspectors.at(-1) ?? "";
  inspectorOf.set(pid, url);
  let least: number | null = null;
  for (let look = 0; look < looks; look += 1) {
    const bytes = await ask(url).catch(() => null);
    if (bytes !== null) least = Math.min(bytes, least ?? bytes);
    await pause(lookAgainMs);
  }
  return least;
}

/** An inspector tells its address only once. */
const inspectorOf = new Map<number, string>();

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
}

async function ask(url: string): Promise<number> {
  const socket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const timer = setTimeout(() => reject(new Error("Cannot look at the heap: no answer")), inspectorMs);
  socket.addEventListener("error", () => reject(new Error(`Cannot look at the heap: no inspector at ${url}`)));
  socket.addEventListener("open", () => {
    // Twice: what finalizers let go of in the first run is collected in the second.
    for (const id of [1, 2]) socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
    socket.send(JSON.stringify({ id: 3, method: "Runtime.getHeapUsage" }));
  });
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result: HeapUsage };
    if (id === 3) resolve(result.usedSize + (result.backingStorageSize ?? 0));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}
