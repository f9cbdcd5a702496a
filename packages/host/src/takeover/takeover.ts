import { closeSync } from "node:fs";
import { TidegateError } from "@tidegate/core";
import { HostError } from "../errors.ts";

/** Variable by which a host tells the one after it what it leaves to it, as JSON. */
export const takeoverVariable = "TIDEGATE_TAKEOVER";

/** A listening socket that a host leaves to the next one. */
export interface LeftSocket {
  /** Which of the host's sockets it is. */
  readonly name: "gateway" | "metrics";
  /** As it was asked for: port 0 stays whatever port it became. */
  readonly port: number;
  readonly hostname: string | null;
  /** What the system made of it. */
  readonly boundPort: number;
  /** In the process that takes it over. */
  readonly descriptor: number;
}

/** What a host leaves to the next one. */
export interface Legacy {
  readonly sockets: readonly LeftSocket[];
  /** Ready instances of each function, by its name. */
  readonly ready: Readonly<Record<string, number>>;
}

/** What the next host tells the one before, over the channel between the processes. */
export type SuccessorMessage =
  | { readonly type: "serving"; readonly instances: number }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/** The side of the next host: what it takes over, and whom it tells. */
export interface Takeover extends Legacy {
  /** Process id of the host before. */
  readonly predecessor: number;
  /** Aborted when that ended without waiting: nobody serves until this host does. */
  readonly abandoned: AbortSignal;
  /** Names of the sockets that are in use here. */
  readonly taken: Set<LeftSocket["name"]>;
  /** Tells it to stop: this host serves, with so many instances ready. */
  serving(instances: number): void;
  /** Tells it to serve on. Resolves when it was told. */
  failed(error: unknown): Promise<void>;
}

/**
 * Reads what a host before this process left to it. Reads once: the variable is taken out of the environment, which
 * instances get as well.
 *
 * @returns null when this process was not started by a host that upgrades
 * @throws TIDEGATE_UPGRADE_FAILED when it cannot be understood
 */
export function readTakeover(env: NodeJS.ProcessEnv = process.env): Takeover | null {
  const text = env[takeoverVariable];
  if (text === undefined) return null;
  delete env[takeoverVariable];
  const { pid, sockets, ready } = parseLegacy(text);
  const abandoned = new AbortController();
  if (!process.connected) abandoned.abort();
  process.once("disconnect", () => abandoned.abort());
  // An error of the channel says that the other process is gone, which "disconnect" tells as well.
  process.on("error", () => {});
  // The channel alone must not keep the process.
  process.channel?.unref();
  return {
    predecessor: pid,
    sockets,
    ready,
    abandoned: abandoned.signal,
    taken: new Set(),
    serving: (instances) => void tell({ type: "serving", instances }),
    failed: (error) =>
      tell({
        type: "failed",
        code: error instanceof TidegateError ? error.code : "TIDEGATE_UPGRADE_FAILED",
        message: error instanceof Error ? error.message : String(error),
      }),
  };
}

/** Takes the socket for this place out of a takeover; null when there is none, as with another port: it binds anew. */
export function takeSocket(
  takeover: Takeover | null,
  name: LeftSocket["name"],
  port: number,
  hostname: string | null,
): number | null {
  const left = takeover?.sockets.find((socket) => socket.name === name);
  if (left === undefined || left.port !== port || left.hostname !== hostname) return null;
  takeover?.taken.add(name);
  return left.descriptor;
}

/** Port of a socket that was left; 0 without one. */
export function boundPort(takeover: Takeover | null, name: LeftSocket["name"]): number {
  return takeover?.sockets.find((socket) => socket.name === name)?.boundPort ?? 0;
}

/** Once the host before is gone nobody accepts what comes to the sockets that were not taken: they must not look open. */
export function closeUntaken({ sockets, taken }: Takeover): void {
  for (const { name, descriptor } of sockets) if (!taken.has(name)) closeSync(descriptor);
}

function tell(message: SuccessorMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}

function parseLegacy(text: string): Legacy & { readonly pid: number } {
  try {
    const { version, pid, sockets, ready } = JSON.parse(text) as Legacy & { pid: number; version: number };
    if (version === legacyVersion) return { pid, sockets, ready };
    throw new Error(`it has version ${version}, this one reads version ${legacyVersion}`);
  } catch (cause) {
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("TIDEGATE_UPGRADE_FAILED", `Cannot read what the host before left: ${state}`, { cause });
  }
}

/** Of the format of the variable: hosts of different releases follow one another. */
const legacyVersion = 1;

/** The text of the variable. */
export function formatLegacy(legacy: Legacy): string {
  return JSON.stringify({ version: legacyVersion, pid: process.pid, ...legacy });
}
