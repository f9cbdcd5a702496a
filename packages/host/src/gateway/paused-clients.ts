import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { endedConnections, type TcpEnds } from "./tcp-table.ts";

const intervalMs = 500;

/** The kernel's table is not read in one moment: a connection that is missing now and then may have been passed over. */
const missesUntilGone = 4;

interface PausedClient {
  readonly ends: TcpEnds;
  readonly onGone: () => void;
  /** Whether it has stood in a table: one that never did may be in none that this process can see. */
  isKnown: boolean;
  misses: number;
}

/**
 * Notices that clients have gone whose sockets are paused. Nothing is read of those, not even the end, so a request with a
 * large body would stand in its queue until its turn came, although nobody waits for it. Linux's table of
 * connections tells; elsewhere they stay until then. There is a timer only while there are such clients.
 */
export class PausedClients {
  readonly #clients: Map<object, PausedClient> = new Map();
  readonly #readTables: () => Promise<string[] | null>;
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;

  /** @param readTables gives the texts of the kernel's tables of connections; null when they cannot be read now */
  constructor(readTables: () => Promise<string[] | null> = readKernelTables) {
    this.#readTables = readTables;
  }

  /** @param owner for `delete` */
  add(owner: object, socket: unknown, onGone: () => void): void {
    if (process.platform !== "linux" || !(socket instanceof Socket)) return;
    const { localPort, remotePort, remoteAddress } = socket;
    if (localPort === undefined || remotePort === undefined || remoteAddress === undefined) return;
    this.#clients.set(owner, { ends: { localPort, remotePort, remoteAddress }, onGone, isKnown: false, misses: 0 });
    this.#timer ??= setInterval(() => {
      // Reading may take longer than the interval: two looks at once would count one gap twice.
      if (!this.#isLooking) void this.#look();
    }, intervalMs).unref();
  }

  delete(owner: object): void {
    if (!this.#clients.delete(owner) || this.#clients.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    // Taken before the tables are read: a client that comes meanwhile is in none of them.
    const all = [...this.#clients];
    const tables = await this.#readTables();
    this.#isLooking = false;
    // Without files to open, say, all clients would be missing, and every request would be lost.
    if (tables === null) return;
    const states = endedConnections(
      tables,
      all.map(([, { ends }]) => ends),
    );
    for (const [at, [owner, client]] of all.entries()) {
      if (states[at] === "open") {
        client.isKnown = true;
        client.misses = 0;
      } else if (states[at] === "ended") client.misses = missesUntilGone;
      else if (client.isKnown) client.misses++;
      if (client.misses < missesUntilGone || this.#clients.get(owner) !== client) continue;
      this.delete(owner);
      client.onGone();
    }
  }
}

async function readKernelTables(): Promise<string[] | null> {
  try {
    return await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
  } catch {
    return null;
  }
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    // There is none of IPv6 where that is switched off, and none at all where they are hidden.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Those of this process. */
export const pausedClients: PausedClients = new PausedClients();
