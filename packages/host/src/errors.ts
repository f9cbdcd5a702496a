import { TidegateError } from "@tidegate/core";

/** What a code means: the status a client gets with it (null where no client is involved), a title, and what to do. */
export interface HostErrorEntry {
  readonly status: number | null;
  readonly title: string;
  readonly fix: string;
}

/** Stable codes of the host. */
export type HostErrorCode =
  | "TIDEGATE_ENTRY_NOT_FOUND"
  | "TIDEGATE_CONFIG_NOT_FOUND"
  | "TIDEGATE_CONFIG_INVALID"
  | "TIDEGATE_ADMIN_UNAVAILABLE"
  | "TIDEGATE_ADMIN_NOT_FOUND"
  | "TIDEGATE_ADMIN_INVALID"
  | "TIDEGATE_PORT_IN_USE"
  | "TIDEGATE_LISTEN_FAILED"
  | "TIDEGATE_ACCEPT_FAILED"
  | "TIDEGATE_CGROUP_UNUSABLE"
  | "TIDEGATE_UPGRADE_FAILED"
  | "TIDEGATE_HOST_NOT_FOUND"
  | "TIDEGATE_HOST_FAULT"
  | "TIDEGATE_FUNCTION_NOT_FOUND"
  | "TIDEGATE_INSTANCE_EXITED"
  | "TIDEGATE_INSTANCE_START_TIMEOUT"
  | "TIDEGATE_INSTANCE_LAUNCH_FAILED"
  | "TIDEGATE_FORK_UNAVAILABLE"
  | "TIDEGATE_FORK_UNFIT"
  | "TIDEGATE_FORK_ABANDONED"
  | "TIDEGATE_INSTANCE_UNHEALTHY"
  | "TIDEGATE_CRASH_LOOP"
  | "TIDEGATE_INSTANCE_LOST"
  | "TIDEGATE_RESPONSE_INVALID"
  | "TIDEGATE_CLIENT_GONE"
  | "TIDEGATE_RESPONSE_TIMEOUT"
  | "TIDEGATE_RESPONSE_STALLED"
  | "TIDEGATE_CIRCUIT_OPEN"
  | "TIDEGATE_LIMIT_REACHED"
  | "TIDEGATE_RATE_LIMITED"
  | "TIDEGATE_MEMORY_PRESSURE"
  | "TIDEGATE_BODY_TOO_LARGE"
  | "TIDEGATE_QUEUE_FULL"
  | "TIDEGATE_QUEUE_TIMEOUT"
  | "TIDEGATE_HOST_STOPPING"
  | "TIDEGATE_ROUTE_NOT_FOUND"
  | "TIDEGATE_REQUEST_INVALID"
  | "TIDEGATE_FRAMING_AMBIGUOUS"
  | "TIDEGATE_HEADERS_TOO_LARGE"
  | "TIDEGATE_REQUEST_TIMEOUT"
  | "TIDEGATE_BODY_TIMEOUT"
  | "TIDEGATE_PROXY_PROTOCOL_INVALID"
  | "TIDEGATE_TLS_INVALID"
  | "TIDEGATE_TLS_EXPIRED"
  | "TIDEGATE_METHOD_UNSUPPORTED"
  | "TIDEGATE_HTTP_VERSION_UNSUPPORTED";

/** Every error of the host, by its stable code. `docs/errors.md` explains each. Codes never change meaning. */
export const hostErrors: Readonly<Record<HostErrorCode, HostErrorEntry>> = {
  TIDEGATE_ENTRY_NOT_FOUND: {
    status: null,
    title: "The entry does not exist",
    fix: "Name a file or folder that exists, or a command that is in PATH.",
  },
  TIDEGATE_CONFIG_NOT_FOUND: {
    status: null,
    title: "There is no configuration file",
    fix: "Name an existing file with --config, or make one with `tidegate init`.",
  },
  TIDEGATE_CONFIG_INVALID: {
    status: null,
    title: "The configuration is malformed",
    fix: "Mend the lines named in the message; an editor with the JSON Schema shows them as you type.",
  },
  TIDEGATE_ADMIN_UNAVAILABLE: {
    status: null,
    title: "The folder of admin sockets cannot be used",
    fix: "It must be this user's own folder: see the message for which, and why not. Apps are served without it; `tidegate ps` is not.",
  },
  TIDEGATE_ADMIN_NOT_FOUND: {
    status: 404,
    title: "The admin API has no such route",
    fix: "Its routes are `GET /host`, `/functions`, `/instances` and `/metrics`, `POST /reload` and `/upgrade`; a host inside another program has none of the latter.",
  },
  TIDEGATE_ADMIN_INVALID: {
    status: null,
    title: "A request of the admin API is malformed",
    fix: "See the message for what is expected.",
  },
  TIDEGATE_PORT_IN_USE: {
    status: null,
    title: "The port is taken by another program",
    fix: "Choose another port with --port or in tidegate.yaml (`gateway.port`, `gateway.metrics.port`; 0 picks a free one), or end the program that has it.",
  },
  TIDEGATE_LISTEN_FAILED: {
    status: null,
    title: "The gateway cannot listen on its address",
    fix: "Ports below 1024 need rights; the address must be one of this machine.",
  },
  TIDEGATE_ACCEPT_FAILED: {
    status: null,
    title: "Connections cannot be accepted",
    fix: "Mostly too few file descriptors are left: raise `ulimit -n` (`LimitNOFILE` in systemd), or set the gateway's maxConnections. Connections that came were closed; the host goes on accepting.",
  },
  TIDEGATE_CGROUP_UNUSABLE: {
    status: null,
    title: "Instances cannot have control groups where the configuration says",
    fix: "`gateway.cgroup` must be the folder of a group of cgroup v2 that is delegated to the host's user; see the message. With `auto` the host takes one only where there is one, with `off` none.",
  },
  TIDEGATE_UPGRADE_FAILED: {
    status: null,
    title: "The host was not upgraded",
    fix: "The message says why; the host that was there serves on. Mend it and run `tidegate upgrade` again.",
  },
  TIDEGATE_HOST_NOT_FOUND: {
    status: null,
    title: "There is no such host, or more than one",
    fix: "`tidegate ps` lists the hosts of this user; name one with --pid.",
  },
  TIDEGATE_HOST_FAULT: {
    status: null,
    title: "A bug in Tidegate showed itself",
    fix: "The host drains and ends with exit code 1, for a supervisor to start it anew; please report the stack in the message.",
  },
  TIDEGATE_FUNCTION_NOT_FOUND: {
    status: null,
    title: "There is no function of this name",
    fix: "Use a name from tidegate.yaml.",
  },
  TIDEGATE_INSTANCE_EXITED: {
    status: 503,
    title: "An instance ended before it served",
    fix: "Its last lines are in the log: the app threw while loading, or its program ended without listening.",
  },
  TIDEGATE_INSTANCE_START_TIMEOUT: {
    status: 503,
    title: "An instance was not ready in time",
    fix: "The app must listen, or export its app, and answer its startup path where it has one; raise startTimeout where it only needs longer.",
  },
  TIDEGATE_INSTANCE_LAUNCH_FAILED: {
    status: 503,
    title: "The system refused to start an instance",
    fix: "The message says what ran out or is missing: processes (ulimit -u), open files (ulimit -n), memory, disk, the command itself, or a folder for sockets with a short enough path.",
  },
  TIDEGATE_FORK_UNAVAILABLE: {
    status: 503,
    title: "A function that is to be forked cannot be",
    fix: "The message says why. Remove it, or set `start: auto`: then instances are plain processes where they cannot be forked.",
  },
  TIDEGATE_FORK_UNFIT: {
    status: null,
    title: "A function's instances are plain processes, because its app cannot be forked",
    fix: "Nothing needs to be done: starts only take longer. The message says what the app does as it loads that keeps it from being forked, and where; `tidegate explain` tells more. `start: process` says that it is known.",
  },
  TIDEGATE_FORK_ABANDONED: {
    status: null,
    title: "A function is not forked any more, because its instances failed only when forked",
    fix: "Nothing needs to be done: they are plain processes until the next revision. If it happens again set `start: process`, and please report it: an addon that cannot be forked is a likely cause.",
  },
  TIDEGATE_INSTANCE_UNHEALTHY: {
    status: null,
    title: "An instance that was ready does not work any more",
    fix: "It is replaced: the message says which check failed. See what the app waits for, or computes, at that time.",
  },
  TIDEGATE_CRASH_LOOP: {
    status: 503,
    title: "Instances of the function fail again and again",
    fix: "Mend the app: its last lines are in the log. New starts are tried after a pause that grows to 30 seconds.",
  },
  TIDEGATE_INSTANCE_LOST: {
    status: 502,
    title: "The instance broke off before it answered",
    fix: "The app closed the connection, or its process died: see its last lines in the log.",
  },
  TIDEGATE_RESPONSE_INVALID: {
    status: 502,
    title: "The instance answered what is not HTTP/1.1",
    fix: "The app writes to the socket past Node's HTTP, or sends malformed headers.",
  },
  TIDEGATE_CLIENT_GONE: {
    status: null,
    title: "The client went away before its response was complete",
    fix: "Nothing to mend: the request was cancelled in the app. It stands in logs only.",
  },
  TIDEGATE_RESPONSE_TIMEOUT: {
    status: 504,
    title: "The app did not begin to answer in time",
    fix: "Make the app answer sooner, or raise the function's timeout.",
  },
  TIDEGATE_RESPONSE_STALLED: {
    status: null,
    title: "The app stopped in the middle of its response",
    fix: "Make the app go on writing, or raise the function's timeout; for event streams and WebSockets its streamIdle.",
  },
  TIDEGATE_CIRCUIT_OPEN: {
    status: 503,
    title: "Too many requests to the function failed",
    fix: "See the failures before in the log. After a pause one request is let through; when that succeeds all are.",
  },
  TIDEGATE_LIMIT_REACHED: {
    status: 429,
    title: "The function runs as many invocations as it may",
    fix: "Ask again when `Retry-After` says, or raise the function's concurrency, its maxInstances, or its queue.limit.",
  },
  TIDEGATE_RATE_LIMITED: {
    status: 429,
    title: "The function was called too often",
    fix: "Ask again when `Retry-After` says, or raise the function's limits.rate.",
  },
  TIDEGATE_MEMORY_PRESSURE: {
    status: 503,
    title: "There is no memory for it",
    fix: "Give the host more memory, raise the gateway's memory, or let functions have fewer instances.",
  },
  TIDEGATE_BODY_TOO_LARGE: {
    status: 413,
    title: "The request's body is larger than the function takes",
    fix: "Send less, or raise the function's limits.body.",
  },
  TIDEGATE_QUEUE_FULL: {
    status: 503,
    title: "Too many requests wait for an instance",
    fix: "Raise the function's concurrency or its most instances, or its queue limit.",
  },
  TIDEGATE_QUEUE_TIMEOUT: {
    status: 503,
    title: "No instance had room in time",
    fix: "Raise the function's concurrency or its most instances, or its queue timeout.",
  },
  TIDEGATE_HOST_STOPPING: {
    status: 503,
    title: "The host is stopping",
    fix: "Ask again: a load balancer should have stopped sending requests here.",
  },
  TIDEGATE_ROUTE_NOT_FOUND: {
    status: 404,
    title: "No function has a route for this request",
    fix: "Add a route for this host name and path to tidegate.yaml.",
  },
  TIDEGATE_REQUEST_INVALID: {
    status: 400,
    title: "The request is malformed",
    fix: "The client must send HTTP/1.1 as RFC 9112 has it.",
  },
  TIDEGATE_FRAMING_AMBIGUOUS: {
    status: 400,
    title: "The end of the request's body is ambiguous",
    fix: "The client must send one Content-Length or `Transfer-Encoding: chunked`, never both.",
  },
  TIDEGATE_HEADERS_TOO_LARGE: {
    status: 431,
    title: "The request's headers are too large",
    fix: "Send fewer or smaller headers (cookies, mostly), or raise the gateway's maxHeaderBytes.",
  },
  TIDEGATE_REQUEST_TIMEOUT: {
    status: 408,
    title: "The request's headers did not arrive in time",
    fix: "The client was too slow, or sent only part of a request.",
  },
  TIDEGATE_BODY_TIMEOUT: {
    status: 408,
    title: "The request's body did not go on in time",
    fix: "The client was too slow, or sent less than it announced; raise the gateway's bodyTimeout where that is wanted.",
  },
  TIDEGATE_PROXY_PROTOCOL_INVALID: {
    status: null,
    title: "A connection does not begin with a PROXY protocol header",
    fix: "Let the load balancer in front send the PROXY protocol, or do not set proxyProtocol; clients must not reach this port past it.",
  },
  TIDEGATE_TLS_INVALID: {
    status: null,
    title: "A certificate cannot be used",
    fix: "The files must be PEM: the certificate with its chain, and its unencrypted key. When they change while the host runs, the certificate before is served on.",
  },
  TIDEGATE_TLS_EXPIRED: {
    status: null,
    title: "A certificate has expired, or is not valid yet",
    fix: "It is served, and clients refuse it: renew it. New files are read without a restart.",
  },
  TIDEGATE_METHOD_UNSUPPORTED: {
    status: 501,
    title: "The method asks for a forward proxy",
    fix: "Tidegate serves apps; it is no proxy for CONNECT.",
  },
  TIDEGATE_HTTP_VERSION_UNSUPPORTED: {
    status: 505,
    title: "The HTTP version is not served",
    fix: "Use HTTP/2, HTTP/1.1 or HTTP/1.0; http2: false leaves the latter two.",
  },
};

/** An error of the host with its stable code. */
export class HostError extends TidegateError {
  override readonly name = "HostError";
  declare readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
