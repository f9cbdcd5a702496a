import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type ClientSessionRequestOptions,
  connect,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectSocket } from "node:net";
import type { Endpoint } from "../../launcher/launcher.ts";
import { joinedFields } from "./fields.ts";
import { InstanceStream } from "./instance-stream.ts";

/** Streams an instance is trusted with until it says how many it takes. */
const firstStreams = 100;

/** Bytes of a response that an instance may send ahead of its client, per stream, and per connection. */
const streamWindow = 256 * 1024;
const sessionWindow = 4 * 1024 * 1024;

/** An instance may send larger heads than a client. */
const maxHeaderListSize = 64 * 1024;

/** A stream that was opened. */
export interface OpenedStream {
  readonly stream: ClientHttp2Stream;
  /** Whether the instance has accepted the connection it goes over. */
  readonly isConnected: () => boolean;
}

/** Connections of HTTP/2 to one instance: as many as the streams need, which is one nearly always. */
export class InstanceSessions {
  readonly #endpoint: Endpoint;
  readonly #sessions: Set<InstanceSession> = new Set();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** A socket of HTTP/1.1 for one request. */
  open(): InstanceStream {
    return new InstanceStream(this);
  }

  /** Tells whether the instance takes WebSockets over HTTP/2 (RFC 8441), once it has said so; now, where it has. */
  askForWebSockets(answer: (takesThem: boolean) => void): void {
    (this.#withRoom() ?? this.#connect()).askForWebSockets(answer);
  }

  request(fields: OutgoingHttpHeaders, options: ClientSessionRequestOptions): OpenedStream {
    return (this.#withRoom() ?? this.#connect()).request(fields, options);
  }

  /** Closes each connection when its last stream is done. */
  close(): void {
    for (const session of this.#sessions) session.close();
  }

  #withRoom(): InstanceSession | null {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    return null;
  }

  #connect(): InstanceSession {
    const session = new InstanceSession(this.#endpoint, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }
}

class InstanceSession {
  readonly #session: ClientHttp2Session;
  #isConnected = false;
  /** Those who wait for the settings of the instance; null once they have come, or never will. */
  #asking: ((takesThem: boolean) => void)[] | null = [];
  #open = 0;

  constructor(endpoint: Endpoint, onClosed: () => void) {
    this.#session = connect("http://localhost", {
      createConnection: () => connectSocket({ ...endpoint, noDelay: true }),
      ...sessionOptions,
    });
    this.#session.once("connect", () => {
      this.#isConnected = true;
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(sessionWindow);
    });
    this.#session.once("remoteSettings", () => this.#answer());
    this.#session.on("error", ignore); // its streams are told
    this.#session.once("close", () => {
      onClosed();
      this.#answer();
    });
  }

  askForWebSockets(answer: (takesThem: boolean) => void): void {
    if (this.#asking === null) answer(this.#session.remoteSettings?.enableConnectProtocol === true);
    else this.#asking.push(answer);
  }

  get hasRoom(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    return !closed && !destroyed && this.#open < (remoteSettings?.maxConcurrentStreams ?? firstStreams);
  }

  request(fields: OutgoingHttpHeaders, options: ClientSessionRequestOptions): OpenedStream {
    const stream = this.#request(fields, options);
    this.#open++;
    stream.once("close", () => this.#open--);
    return { stream, isConnected: () => this.#isConnected };
  }

  close(): void {
    if (!this.#session.closed) this.#session.close();
  }

  #answer(): void {
    const asking = this.#asking ?? [];
    this.#asking = null;
    for (const answer of asking) this.askForWebSockets(answer);
  }

  #request(fields: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream {
    try {
      return this.#session.request(fields, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_HTTP2_HEADER_SINGLE_VALUE") throw error;
      return this.#session.request(joinedFields(fields), options);
    }
  }
}

/** Node has the second for clients as well; its types do not. */
const sessionOptions: ClientSessionOptions & { readonly strictSingleValueFields: boolean } = {
  peerMaxConcurrentStreams: firstStreams,
  maxHeaderListPairs: 1024,
  strictSingleValueFields: false,
  settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize },
};

function ignore(): void {}
