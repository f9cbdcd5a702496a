import type { FunctionConfig, InstanceStart } from "@tidegate/core";
import type { InstanceGroups } from "../cgroup/instance-groups.ts";

/** Where an instance serves HTTP. */
export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

export interface LaunchOptions {
  readonly function: FunctionConfig;
  /** Name of the instance, unique in the host. */
  readonly instance: string;
  /** Folder for the instance's socket; the host's own. */
  readonly runtimeDir: string;
  /** Port of the gateway: what an app that asks for any port is told it has. */
  readonly publicPort: number;
  /** Where the instance gets a control group of its own. Default: it gets none. */
  readonly groups?: InstanceGroups | null;
  /** Aborted when the instance is not wanted any more: a launch that waits for something need not any longer. */
  readonly signal?: AbortSignal;
  /** Told each line the instance writes. */
  readonly onOutput: (stream: "stdout" | "stderr", line: string) => void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even start; null when it did. */
  readonly cause: Error | null;
  /** Linux killed it, or what it started, because memory ran out. Told only where that is known. */
  readonly outOfMemory?: boolean;
}

/** What the processes of an instance use. */
export interface Usage {
  /** Processor time since they started, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
  /** So much of it is shared with others, such as the template of a forked instance: ending it does not free that. */
  readonly sharedBytes: number;
  /** How late the event loop was just now, in milliseconds; null where there is none. */
  readonly eventLoopDelayMs: number | null;
}

/** A process that serves, or will serve, one instance. */
export interface Launched {
  /** How its process came to be. */
  readonly start: InstanceStart;
  readonly pid: number | null;
  readonly endpoint: Endpoint;
  /** What it speaks: known once it is ready. */
  protocol(): FunctionConfig["protocol"];
  /** Resolves when the endpoint answers; stays pending when the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, whatever the reason: it serves no more. */
  readonly ended: Promise<Exit>;
  /** Resolves a moment later, when all that it wrote has been read, and nothing it started is left. */
  readonly exited: Promise<Exit>;
  /**
   * Whether the process is known to be ending already: its connections break some milliseconds before `ended` tells, and on
   * a busy machine many. False where that cannot be known.
   */
  isEnding(): boolean;
  /** What keeps it from being ready, such as "it does not listen". */
  lacks(): string;
  /** Last lines it wrote, newest last. */
  lastWords(): readonly string[];
  /** Sends a signal to the process and all it started; nothing when it is gone. */
  signal(signal: NodeJS.Signals): void;
  /** Stops the process and all it started where they are. */
  freeze(): void;
  /** Lets a frozen process go on. */
  thaw(): void;
  /**
   * Asks what its processes use. A Node instance answers when its event loop turns, and not at all while it is stuck or
   * frozen; null where that cannot be known.
   */
  measure(): Promise<Usage | null>;
  /** Gives up waiting for readiness and frees what the launcher holds. Idempotent. */
  release(): void;
}

/**
 * Starts processes for instances. One contract suite runs over every launcher.
 * @throws TIDEGATE_INSTANCE_LAUNCH_FAILED when the system refuses a process or a socket
 */
export type Launch = (options: LaunchOptions) => Promise<Launched>;
