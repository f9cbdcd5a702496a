import type { Socket } from "node:net";
import { createServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { HostErrorCode } from "../errors.ts";
import { type ClientSocket, type ConnectionInfo, unmappedAddress } from "./connection-info.ts";
import { ClientSession, type ClientSessionOptions } from "./http2/client-session.ts";
import { readProxyHeader } from "./proxy-protocol.ts";
import { minVersion } from "./tls/certificate.ts";
import type { Certificates } from "./tls/certificates.ts";

/** Longest TLS handshake, in milliseconds, unless requests' heads get even less. */
const maxHandshakeMs = 10_000;

const reportPauseMs = 60_000;

export interface AcceptorOptions extends Omit<ClientSessionOptions, "serve"> {
  readonly headersTimeoutMs: number;
  /** Null: no TLS. */
  readonly certificates: Certificates | null;
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  /** Serves HTTP/1.1. */
  readonly serve: (socket: ClientSocket, info: ConnectionInfo, first: Buffer | null) => void;
  /** Told what is wrong with how connections begin. */
  readonly onProblem: (code: HostErrorCode, message: string) => void;
}

/**
 * What happens to a new connection until requests are read: PROXY protocol, TLS, and the choice between HTTP/1.1 and
 * HTTP/2. Without TLS and PROXY protocol a socket is served at once: HTTP/2 shows itself by its first bytes, which the
 * reader of HTTP/1.1 hands back (`takeHttp2`), so that a connection of HTTP/1.1 pays nothing for it.
 */
export class Acceptor {
  #options: AcceptorOptions;
  readonly #tlsServer: TlsServer | null;
  readonly #sessions: Set<ClientSession> = new Set();
  /** Sockets whose PROXY header is to come, and those under TLS. */
  readonly #wrapped: Set<Socket> = new Set();
  /** What a proxy said about the client behind a socket, by the socket's own address: all a TLS socket shows of it. */
  readonly #proxied: Map<string, ConnectionInfo> = new Map();
  #isDraining = false;
  /** When a connection without a PROXY header is reported again, on the clock of `performance.now()`. */
  #reportsFrom = 0;

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#tlsServer = options.certificates === null ? null : this.#createTlsServer(options.certificates);
  }

  /** Takes other settings, for connections from now on. */
  configure(settings: Partial<AcceptorOptions>): void {
    this.#options = { ...this.#options, ...settings };
  }

  /** Reads the certificates. Errors: TIDEGATE_TLS_INVALID. */
  async start(): Promise<void> {
    await this.#options.certificates?.start(() => this.#useCertificates());
  }

  /** Connections of HTTP/2, and the streams open in them: each of these is a connection to the gateway. */
  get http2Load(): { readonly sessions: number; readonly streams: number } {
    let streams = 0;
    for (const session of this.#sessions) streams += session.streams;
    return { sessions: this.#sessions.size, streams };
  }

  accept(socket: Socket): void {
    if (this.#options.proxyProtocol) this.#readProxyHeader(socket);
    else if (this.#tlsServer !== null) this.#beginTls(socket);
    else this.#options.serve(socket, infoOf(socket), null);
  }

  /**
   * Serves HTTP/2 over a connection that began with its preface.
   * @param first what was read of it
   */
  takeHttp2(socket: ClientSocket, info: ConnectionInfo, first: Buffer): void {
    socket.pause();
    // HTTP/2 ends its streams by frames: with the client's end all is over.
    socket.allowHalfOpen = false;
    if (first.length > 0) socket.unshift(first);
    const session = new ClientSession(socket, { ...info, isHttp2: true }, this.#options);
    this.#sessions.add(session);
    session.onClosed(() => this.#sessions.delete(session));
    if (this.#isDraining) session.drain();
  }

  /** Lets sessions finish what they have, and take nothing new. */
  drain(): void {
    this.#isDraining = true;
    this.#options.certificates?.stop();
    for (const session of this.#sessions) session.drain();
  }

  /** Cuts everything off. */
  cutOff(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#wrapped) socket.destroy();
  }

  /** Ends what took too long. Called about once a second. */
  sweep(now: number): void {
    for (const session of this.#sessions) session.sweep(now);
  }

  /** Collects the bytes of the header that a proxy sends before those of its client. */
  #readProxyHeader(socket: Socket): void {
    let bytes: Buffer | null = null;
    this.#wrapped.add(socket);
    const timer = setTimeout(() => socket.destroy(), this.#options.headersTimeoutMs);
    const forget = (): void => {
      clearTimeout(timer);
      this.#wrapped.delete(socket);
    };
    socket.once("close", forget);
    socket.on("error", ignore); // "close" follows
    const onData = (chunk: Buffer): void => {
      bytes = bytes === null ? chunk : Buffer.concat([bytes, chunk]);
      const header = readProxyHeader(bytes);
      if (header === null) return;
      socket.off("data", onData).off("close", forget);
      forget();
      if (header === "invalid") {
        // Before its end: a destroyed socket has no address.
        this.#reportNoProxy(socket);
        return void socket.destroy();
      }
      const info = { ...infoOf(socket), ...header.source };
      const rest = bytes.subarray(header.length);
      if (this.#tlsServer === null) return this.#options.serve(socket, info, rest);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      const key = addressKey(socket);
      this.#proxied.set(key, info);
      socket.once("close", () => this.#proxied.delete(key));
      this.#beginTls(socket);
    };
    socket.on("data", onData);
  }

  /** Once in a while: whoever reaches the port past the proxy could fill the log. */
  #reportNoProxy(socket: Socket): void {
    const now = performance.now();
    if (now < this.#reportsFrom) return;
    this.#reportsFrom = now + reportPauseMs;
    this.#options.onProblem(
      "TIDEGATE_PROXY_PROTOCOL_INVALID",
      `Cannot serve a connection of "${infoOf(socket).address}": it does not begin with a PROXY protocol header`,
    );
  }

  #beginTls(socket: Socket): void {
    this.#wrapped.add(socket);
    socket.once("close", () => this.#wrapped.delete(socket));
    socket.on("error", ignore);
    // A half-open socket would not tell TLS that a client went away in the middle of its handshake.
    socket.allowHalfOpen = false;
    // Documented for connections that come from elsewhere; the server itself never listens.
    this.#tlsServer?.emit("connection", socket);
  }

  #createTlsServer(certificates: Certificates): TlsServer {
    const { http2, headersTimeoutMs } = this.#options;
    const server = createServer({
      ALPNProtocols: http2 ? ["h2", "http/1.1"] : ["http/1.1"],
      minVersion,
      handshakeTimeout: Math.min(maxHandshakeMs, headersTimeoutMs),
      SNICallback: (name, done) => done(null, certificates.select(name)),
    });
    server.on("secureConnection", (socket) => this.#onSecure(socket));
    // Scanners and clients that do not trust the certificate: Node has ended the connection.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  }

  #onSecure(socket: TLSSocket): void {
    const known = this.#proxied.get(addressKey(socket)) ?? infoOf(socket);
    const info = {
      ...known,
      isSecure: true,
      serverName: typeof socket.servername === "string" ? socket.servername : null,
    };
    if (socket.alpnProtocol === "h2") this.takeHttp2(socket, info, Buffer.alloc(0));
    else {
      socket.allowHalfOpen = true;
      this.#options.serve(socket, info, null);
    }
  }

  /** Tickets of before stay good: clients go on with their sessions. */
  #useCertificates(): void {
    const { first } = this.#options.certificates ?? {};
    const server = this.#tlsServer;
    if (first === undefined || server === null) return;
    server.setSecureContext({ cert: first.cert, key: first.key, minVersion, ticketKeys: server.getTicketKeys() });
  }
}

function infoOf(socket: Socket): ConnectionInfo {
  const { remoteAddress, remotePort } = socket;
  return {
    address: unmappedAddress(remoteAddress ?? "unknown"),
    port: remotePort ?? 0,
    isSecure: false,
    serverName: null,
    isHttp2: false,
  };
}

function addressKey({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function ignore(): void {}
