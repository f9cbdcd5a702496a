import { createServer, type Server } from "node:net";
import { createRouteMatcher, FunctionMeter, type InvocationRecord, type RouteMatcher } from "@tidegate/core";
import type { HostErrorCode } from "../errors.ts";
import type { CertificateFiles } from "../host-options.ts";
import type { ServedFunction } from "../served-function.ts";
import { descriptorOf, listenAt } from "../takeover/listening.ts";
import { Acceptor } from "./acceptor.ts";
import { ClientConnection, type ClientConnectionOptions } from "./client-connection.ts";
import { ClientConnections } from "./client-connections.ts";
import type { ClientSocket, ConnectionInfo } from "./connection-info.ts";
import { statusOf } from "./error-response.ts";
import type { Exchange, ExchangeGateway } from "./exchange.ts";
import { createRequestIds } from "./request-id.ts";
import { type CertificateEnd, Certificates } from "./tls/certificates.ts";

/** Answered by the gateway itself: 200 while it serves, 503 while it stops. */
const healthPath = "/_tidegate/health";

const sweepIntervalMs = 1_000;

/** Ends of an exchange that are no failure: nobody was kept from an answer. */
const expectedEnds: ReadonlySet<HostErrorCode> = new Set(["TIDEGATE_CLIENT_GONE", "TIDEGATE_HOST_STOPPING"]);

const defaultLingerIdleMs = 100;

/** A client that is silent for this long is asked whether it is still there, in milliseconds. */
const keepAliveProbeMs = 60_000;

/** What may change while the gateway serves. */
export interface GatewaySettings extends Omit<ClientConnectionOptions, "nextRequestId" | "onRefused" | "takeHttp2"> {
  /** Further connections are closed at once; `Infinity`: as many as the system allows. */
  readonly maxConnections: number;
}

/** How a gateway is drained. */
export interface DrainOptions {
  /**
   * How long connections that wait for a request are kept, as one may be on its way; its response closes the connection.
   * Default 100 ms.
   */
  readonly lingerIdleMs?: number;
}

export interface GatewayOptions extends GatewaySettings {
  readonly port: number;
  readonly hostname: string | null;
  readonly functions: readonly ServedFunction[];
  readonly onInvocation: ((record: InvocationRecord) => void) | null;
  /** Certificates to serve TLS with; empty: no TLS. */
  readonly tls: readonly CertificateFiles[];
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  /** Told what is wrong with certificates, and with how connections begin. */
  readonly onProblem: (code: HostErrorCode, message: string) => void;
  /** Told each connection that could not be accepted. */
  readonly onAcceptError: (error: NodeJS.ErrnoException) => void;
}

/** The front door: accepts connections and leads each request to an instance of its function. */
export class Gateway implements ExchangeGateway {
  requests = 0;
  failed = 0;
  coldStarts = 0;
  /** Connections closed at once, because there were as many as there may be. */
  refusedConnections = 0;
  /** Requests that belong to no function. */
  readonly meter: FunctionMeter = new FunctionMeter();
  readonly #options: GatewayOptions;
  #functions: readonly ServedFunction[];
  #connectionOptions: ClientConnectionOptions;
  #route: RouteMatcher<ServedFunction>;
  readonly #server: Server;
  readonly #connections: ClientConnections = new ClientConnections();
  readonly #certificates: Certificates | null;
  readonly #acceptor: Acceptor;
  #sweeper: NodeJS.Timeout | null = null;
  #isStopping = false;
  #isDraining = false;
  /** Closes the listening socket; resolves when that and all connections are closed. */
  #closed: Promise<void> | null = null;
  #onExchangeEnd: (() => void) | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#functions = options.functions;
    this.#certificates = options.tls.length === 0 ? null : new Certificates(options.tls, options.onProblem);
    const shared = {
      ...options,
      nextRequestId: createRequestIds(),
      onRefused: (code: HostErrorCode) => this.#onRefused(code),
    };
    this.#acceptor = new Acceptor({
      ...shared,
      certificates: this.#certificates,
      serve: (socket, info, first) => this.serve(socket, info, first),
    });
    this.#connectionOptions = {
      ...shared,
      takeHttp2: options.http2 ? (socket, info, first) => this.#acceptor.takeHttp2(socket, info, first) : null,
    };
    this.#route = matcherOf(options.functions);
    // Half-open, so that a connection can be ended with an orderly response after the client ended its side.
    this.#server = createServer(
      { noDelay: true, allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs },
      (socket) => this.#acceptor.accept(socket),
    );
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("drop", () => this.refusedConnections++);
  }

  /** Connections of clients now. */
  get connections(): number {
    const { sessions, streams } = this.#acceptor.http2Load;
    return this.#connections.size - streams + sessions;
  }

  /** When certificates end; empty without TLS. */
  get certificates(): Iterable<CertificateEnd> {
    return this.#certificates ?? [];
  }

  /** Reads certificates again, also when nothing tells that their files have changed. */
  async reloadCertificates(): Promise<void> {
    await this.#certificates?.reload();
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get wantsRecords(): boolean {
    return this.#options.onInvocation !== null;
  }

  /** Port it listens on. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  /** Descriptor of its listening socket; null when it does not listen. */
  get descriptor(): number | null {
    return descriptorOf(this.#server);
  }

  /** Serves these functions, by their routes as they are now. Requests on their way stay where they are. */
  reroute(functions: readonly ServedFunction[]): void {
    this.#functions = functions;
    this.#route = matcherOf(functions);
  }

  /** Takes other settings, for connections from now on. */
  configure(settings: GatewaySettings): void {
    this.#connectionOptions = { ...this.#connectionOptions, ...settings };
    this.#acceptor.configure(settings);
    this.#server.maxConnections = settings.maxConnections;
  }

  /** From now on the health endpoint says that the gateway stops, while all is served as before. */
  announceStop(): void {
    this.#isStopping = true;
  }

  /**
   * @param descriptor of a listening socket to take over; null: binds one
   * Errors: TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED, TIDEGATE_TLS_INVALID.
   */
  async start(descriptor: number | null = null): Promise<void> {
    const { port, hostname, onAcceptError } = this.#options;
    await this.#acceptor.start();
    try {
      await listenAt(this.#server, { port, hostname, descriptor }, onAcceptError);
    } catch (error) {
      this.#acceptor.drain();
      throw error;
    }
    this.#sweeper = setInterval(() => this.#sweep(), sweepIntervalMs).unref();
  }

  /**
   * Accepts nothing any more and lets requests in flight finish, for `graceMs` at most. WebSockets are closed in order,
   * which takes 2 s at most. Event streams and other upgrades, which have no end of their own, are not waited for, and go
   * on.
   */
  async drain(graceMs: number, { lingerIdleMs = defaultLingerIdleMs }: DrainOptions = {}): Promise<void> {
    this.#isStopping = true;
    this.#isDraining = true;
    this.#closed ??= new Promise((resolve) => this.#server.close(() => resolve()));
    this.#acceptor.drain();
    for (const { exchange } of this.#connections.serving) exchange?.goAway();
    const lingerMs = Math.min(lingerIdleMs, graceMs);
    await Promise.all([this.#connections.closeIdle(lingerMs), this.#served(graceMs)]);
    // Responses that had begun before have promised their clients to keep the connection.
    await this.#connections.closeIdle(lingerMs);
    await this.#served(graceMs);
  }

  /** Resolves when no response is on its way that ends by itself, or after `graceMs`. */
  #served(graceMs: number): Promise<void> {
    return this.#untilNone((exchange) => exchange.isRunning || exchange.isGoingAway, graceMs);
  }

  /** Resolves when all WebSockets and event streams have ended, or after `graceMs`. */
  async streamsEnded(graceMs: number): Promise<void> {
    await this.#untilNone((exchange) => exchange.isStream, graceMs);
  }

  /**
   * Ends what is left after `drain`. Resolves when all connections are closed.
   * @param unreadMs how long clients have to read what is left for them
   */
  async close(unreadMs: number): Promise<void> {
    for (const { socket } of this.#connections) socket.destroySoon();
    // A client that does not read what is written must not keep the host.
    const timer = setTimeout(() => {
      this.cutOff();
    }, unreadMs);
    await this.#closed;
    clearTimeout(timer);
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
  }

  /** Cuts all connections off, whatever is on its way; what waits for exchanges to end goes on. */
  cutOff(): void {
    for (const { socket } of this.#connections) socket.destroy();
    this.#acceptor.cutOff();
  }

  /**
   * Serves the requests that come over a socket, until that closes.
   *
   * @param first bytes that were read of it already; null: none
   */
  serve(socket: ClientSocket, info: ConnectionInfo, first: Buffer | null = null): void {
    const connection = new ClientConnection(socket, info, this, this.#connections, this.#connectionOptions);
    if (first !== null && first.length > 0) connection.begin(first);
  }

  /** The path of a request. */
  handle(exchange: Exchange): void {
    const { head } = exchange;
    if (head.path === healthPath) return this.#answerHealth(exchange);

    const fn = this.#route(hostName(head.host), head.path);
    if (fn === null) {
      return exchange.refuse(
        "TIDEGATE_ROUTE_NOT_FOUND",
        `Cannot route the request: no function serves ${head.host}${head.path}`,
      );
    }
    exchange.function = fn;

    const admission = fn.activator.admit(exchange);
    if (admission === "queued") return exchange.queued();
    if ("code" in admission) return exchange.refused(admission);

    exchange.forward(admission);
  }

  onEnd(exchange: Exchange, record: InvocationRecord | null): void {
    this.requests++;
    (exchange.function?.meter ?? this.meter).record(exchange.metered);
    if (exchange.isColdStart) this.coldStarts++;
    if (exchange.error !== null && !expectedEnds.has(exchange.error)) this.failed++;
    if (record !== null) this.#options.onInvocation?.(record);
    if (this.#isDraining) this.#onExchangeEnd?.();
  }

  #answerHealth(exchange: Exchange): void {
    exchange.answer(
      this.#isStopping ? "503 Service Unavailable" : "200 OK",
      JSON.stringify({ status: this.#isStopping ? "stopping" : "ok" }),
    );
  }

  #onRefused(code: HostErrorCode): void {
    this.requests++;
    this.meter.refuse(statusOf(code), code);
    this.failed++;
  }

  #sweep(): void {
    const now = performance.now();
    this.#connections.sweep();
    this.#acceptor.sweep(now);
    for (const fn of this.#functions) fn.activator.sweep(now);
  }

  /** Resolves when there is no such exchange, or after `graceMs`. */
  #untilNone(isWaitedFor: (exchange: Exchange) => boolean, graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onExchangeEnd = () => {
        for (const { exchange } of this.#connections.serving) {
          if (exchange !== null && isWaitedFor(exchange)) return;
        }
        clearTimeout(timer);
        resolve();
      };
      this.#onExchangeEnd();
    });
  }
}

function matcherOf(functions: readonly ServedFunction[]): RouteMatcher<ServedFunction> {
  return createRouteMatcher(functions.flatMap((target) => target.config.routes.map((route) => ({ route, target }))));
}

/** Name without port, in lower case. */
function hostName(host: string): string {
  const colon = host.lastIndexOf(":");
  const name = colon > host.lastIndexOf("]") ? host.slice(0, colon) : host;
  return name.toLowerCase();
}
