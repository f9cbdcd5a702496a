import type {
  AutoscalerConfig,
  Entry,
  FunctionConfig,
  InstanceInfo,
  InstanceStart,
  InstanceState,
  InvocationRecord,
  TemplateInfo,
} from "@tidegate/core";
import type { MetricsAnswer } from "./metrics/host-metrics.ts";
import type { Change } from "./reload/change.ts";
import type { SuccessorCommand, Upgrade } from "./takeover/successor.ts";
import type { Takeover } from "./takeover/takeover.ts";

/** A function as its owner describes it; all but name and entry have defaults (`functionDefaults`, `autoscalerDefaults`). */
export interface FunctionOptions extends Partial<Omit<FunctionConfig, "name" | "entry">> {
  readonly name: string;
  readonly entry: Entry;
  /** How instances follow requests. `concurrency` comes from the function. */
  readonly scaling?: Partial<Omit<AutoscalerConfig, "concurrency">>;
}

/** PEM files of a certificate; they are read again when they change. */
export interface CertificateFiles {
  /** Absolute path of the certificate chain. */
  readonly certFile: string;
  /** Absolute path of its private key. */
  readonly keyFile: string;
}

/** What a host keeps templates by. */
export interface TemplateSettings {
  /** Most memory of all templates together, in bytes; 0: none are kept. Default, null: a quarter of the memory limit. */
  readonly memoryBytes: number | null;
}

export interface HostOptions {
  readonly functions: readonly FunctionOptions[];
  /** TCP port of the gateway; 0 picks a free one. Default 3000. */
  readonly port?: number;
  /** Address the gateway binds. Default: all, as Node's own `listen(port)`. */
  readonly hostname?: string;
  /** Keep the client's `Forwarded` and `X-Forwarded-*` and append to them, instead of replacing them. Default false. */
  readonly trustProxy?: boolean;
  /** Largest head of a request, in bytes. Default 16384, as Node's `--max-http-header-size`. */
  readonly maxHeaderBytes?: number;
  /** How long a client's idle connection is kept, in milliseconds. Default 5000, as Node's `server.keepAliveTimeout`. */
  readonly keepAliveTimeoutMs?: number;
  /** How long a client may take to send a request's head, in milliseconds. Default 60000, as Node's `server.headersTimeout`. */
  readonly headersTimeoutMs?: number;
  /**
   * How long a client may send nothing of a body it owes, or read nothing of a response, in milliseconds. Default 60000.
   */
  readonly bodyTimeoutMs?: number;
  /** Most connections of clients; further ones are closed at once. Default: what the system allows. */
  readonly maxConnections?: number;
  /**
   * Memory that the host and its instances may use together, in bytes. Near it idle instances are stopped, then requests
   * refused. Default: 85 % of the machine's or container's.
   */
  readonly memoryLimitBytes?: number;
  /**
   * Where each instance gets a control group of its own (Linux, cgroup v2), so that all it starts ends with it: the absolute
   * path of a delegated group's folder; "auto": where one is clearly delegated to this process; "off". Default "auto".
   */
  readonly cgroup?: string;
  /** What may be kept in memory so that instances can be forked. */
  readonly templates?: TemplateSettings;
  /** Serve TLS with these certificates, chosen by the name the client asks for, the first one else. Default: no TLS. */
  readonly tls?: readonly CertificateFiles[];
  /** Serve HTTP/2: over TLS by ALPN, without it by prior knowledge. Default true. */
  readonly http2?: boolean;
  /** Expect the PROXY protocol, version 2 or 1, before each connection's first byte. Default false. */
  readonly proxyProtocol?: boolean;
  /** Where Prometheus finds `GET /metrics`. Default: on the admin socket only. */
  readonly metrics?: { readonly port: number; readonly hostname?: string };
  /**
   * When the host is told to stop, it serves on for this long with the health endpoint at 503, in milliseconds, so that a
   * load balancer stops sending first. Default 0.
   */
  readonly drainDelayMs?: number;
  /** What a host before this one left to it, from `readTakeover`. Default: nothing. */
  readonly takeover?: Takeover | null;
  /** Folder in which the host makes one for its sockets, removed on stop. Default: the system's temporary folder. */
  readonly runtimeDir?: string;
  /** Told what happens in the host. Must not throw. */
  readonly onEvent?: (event: HostEvent) => void;
  /** Told how every request ended. Must not throw. */
  readonly onInvocation?: (record: InvocationRecord) => void;
}

/** What happens in a host, in the order it happens. */
export type HostEvent =
  | { readonly type: "listening"; readonly url: string }
  | {
      readonly type: "instance";
      readonly function: string;
      readonly revision: string;
      readonly instance: string;
      readonly state: InstanceState;
      readonly pid: number | null;
      /** How it was started; "process" before that is known. */
      readonly start: InstanceStart;
      /** Milliseconds from start to ready, with the first state "ready" of an instance; else null, as after a thaw. */
      readonly startMs: number | null;
      /** Why, where the state alone does not tell; else null. */
      readonly reason: string | null;
    }
  | {
      readonly type: "scale";
      readonly function: string;
      readonly from: number;
      readonly desired: number;
      readonly reason: string;
    }
  /** A line an instance wrote. */
  | {
      readonly type: "output";
      readonly function: string;
      readonly instance: string;
      readonly stream: "stdout" | "stderr";
      readonly line: string;
    }
  /** Something went wrong that its owner should know; `code` stands in docs/errors.md. */
  | { readonly type: "problem"; readonly code: string; readonly function: string | null; readonly message: string };

/** Numbers of a host since it started, and now. */
export interface HostCounters {
  readonly requests: number;
  /** Requests answered by the gateway itself with 5xx, or broken off by an instance. */
  readonly failed: number;
  readonly coldStarts: number;
  readonly inFlight: number;
  readonly queued: number;
}

/** How a host stops. */
export interface StopOptions {
  /** Cut running requests off and kill all instances, also when a stop is under way already. Default false. */
  readonly now?: boolean;
}

/** A function as a host serves it. */
export interface FunctionInfo {
  readonly name: string;
  /** That which serves. */
  readonly revision: string;
  /** With all defaults; of its environment only the names, as values may be secrets. */
  readonly config: Omit<FunctionConfig, "env"> & { readonly env: readonly string[] };
  /** With all defaults. */
  readonly scaling: AutoscalerConfig;
  readonly inFlight: number;
  readonly queued: number;
  /** Of the revision that serves: what its instances are forked from, or why they are not. */
  readonly template: TemplateInfo;
  /** Instances of all its revisions, by state. */
  readonly instances: Partial<Readonly<Record<InstanceState, number>>>;
}

/** Runs functions behind one gateway. */
export interface Host {
  /**
   * Binds the gateway; no instance starts before the first request (unless `minInstances` says so). With a `takeover` the
   * functions get as many instances as the host before had ready, then this one accepts on that one's socket.
   */
  start(): Promise<void>;
  /**
   * Stops accepting, lets running requests finish, ends all instances. Event streams and WebSockets have no end of their
   * own: their apps can end them when they get SIGTERM, and are cut off 2 s later. Idempotent; safe before start.
   */
  stop(options?: StopOptions): Promise<void>;
  /** Where the gateway listens, such as `http://localhost:3000`. */
  readonly url: string;
  readonly port: number;
  instances(): InstanceInfo[];
  counters(): HostCounters;
  /**
   * Gives a function a new revision: starts it, sends new requests to it once it is ready, drains the old one. All
   * options but the name may change; routes, limits and timeouts are the new ones for requests that come from then on.
   * Resolves when the new revision serves; rejects with the reason when it cannot start, the old one then serves on.
   */
  reload(functionName: string, change?: Partial<FunctionOptions>): Promise<void>;
  /**
   * Its metrics, as `GET /metrics` answers them.
   *
   * @param accept types asked for: OpenMetrics where it is named, else the text format of Prometheus
   */
  metrics(accept?: string): Promise<MetricsAnswer>;
  /** The functions it serves, in the order of its options. */
  functions(): FunctionInfo[];
  /**
   * Serves what these options say from now on: functions are added and removed, those that differ get a new revision, and
   * settings that can change while it serves do. All new revisions start first; then all changes at once, routes too.
   * Removed functions answer the requests they have, then end. When anything cannot start nothing changes, and the
   * reason is thrown. `onEvent` and `onInvocation` stay as they are.
   *
   * @param options all of them, as for `createHost`
   * @param redeployed names of functions that get a new revision although their options are the same
   * @returns what changed; settings that only a new host takes with action "upgrade"
   * @throws TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_INSTANCE_EXITED, TIDEGATE_INSTANCE_START_TIMEOUT, TIDEGATE_HOST_STOPPING
   */
  apply(options: HostOptions, redeployed?: readonly string[]): Promise<Change[]>;
  /**
   * Starts another host process that takes over the listening sockets. Once that serves, this one stops, as `stop` does:
   * `stop()` tells when it has. While the other one starts, and when it cannot, this one serves on.
   *
   * @param command starts a program that calls `readTakeover` and gives that to `createHost`
   * @throws TIDEGATE_UPGRADE_FAILED with the reason
   */
  upgrade(command: SuccessorCommand): Promise<Upgrade>;
}
