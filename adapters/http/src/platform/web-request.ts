import { type RawHeaders, TidegateError } from "@tidegate/core";

/** What a web request is made from. */
export interface WebRequestInput {
  readonly method: string;
  /** Path and query, as in a request line. */
  readonly target: string;
  readonly rawHeaders: RawHeaders;
  readonly isSecure: boolean;
  /** Left out for GET and HEAD, which the web standard gives no body. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
}

/** Whoever knows when the client went away. */
export interface SignalOwner {
  readonly signal: AbortSignal;
}

type RequestClass = new (url: string, init: RequestInit, owner: SignalOwner) => Request;

/** The parts of `Request` concerned here as the methods they are; its declarations have properties, which cannot be overridden. */
interface Readable {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** From here on reading a body in one piece is faster than through its stream, which then has to be cancelled. */
const LARGE_BODY_BYTES = 8 * 1024;

/**
 * A real `Request`. Its signal is made when somebody asks for it: following another one is half of a request's cost. A
 * large body that is there already is read without its stream, which counts as used afterwards, as ever.
 */
function createRequestClass(): RequestClass {
  const decoder = new TextDecoder();
  const WebRequest = Request as unknown as new (url: string, init: RequestInit) => Readable;
  class EventRequest extends WebRequest {
    readonly #owner: SignalOwner;
    #large: Uint8Array | undefined;

    constructor(url: string, init: RequestInit, owner: SignalOwner) {
      super(url, init);
      this.#owner = owner;
      if (init.body instanceof Uint8Array && init.body.length >= LARGE_BODY_BYTES) this.#large = init.body;
    }

    get signal(): AbortSignal {
      return this.#owner.signal;
    }

    /** Takes the body, unless somebody has; what is left of the request then says so itself. */
    #take(): Uint8Array | undefined {
      const bytes = this.#large;
      this.#large = undefined;
      if (bytes === undefined || this.bodyUsed || this.body === null || this.body.locked) return undefined;
      this.body.cancel().catch(() => {});
      return bytes;
    }

    override async text(): Promise<string> {
      const bytes = this.#take();
      return bytes === undefined ? super.text() : decoder.decode(bytes);
    }

    override async json(): Promise<unknown> {
      const bytes = this.#take();
      return bytes === undefined ? super.json() : JSON.parse(decoder.decode(bytes));
    }

    override async arrayBuffer(): Promise<ArrayBuffer> {
      const bytes = this.#take();
      return bytes === undefined ? super.arrayBuffer() : new Uint8Array(bytes).buffer;
    }
  }
  return EventRequest as unknown as RequestClass;
}

let requestClass: RequestClass | undefined;

/**
 * Loads the web's classes, which Node does at their first use, and takes its time over. Apps of the web standard should
 * not wait for that in their first request, and all others should not pay for it.
 */
export function loadWebRequest(): RequestClass {
  requestClass ??= createRequestClass();
  return requestClass;
}

// RFC 3986, 3.2.2 and 3.2.3: what can stand in a host and port. A slash, "?", "#" or "@" from a header would move parts
// of the path into the authority or the other way round.
const HOST: RegExp = /^[\w\-.~!$&'()*+,;=%:[\]]+$/;

function findHost(rawHeaders: RawHeaders): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === "host") return rawHeaders[i + 1];
  }
  return undefined;
}

function toUrl({ target, rawHeaders, isSecure }: WebRequestInput): string {
  const host = findHost(rawHeaders) || "localhost";
  if (!HOST.test(host)) throw new TypeError(`Invalid host: ${JSON.stringify(host)}`);
  const scheme = isSecure ? "https" : "http";
  if (target.startsWith("/")) return `${scheme}://${host}${target}`;
  // RFC 9112, 3.2.2: a request line may hold an absolute URL; it then wins over the host header. "OPTIONS *" has no URL.
  return /^https?:\/\//i.test(target) ? target : `${scheme}://${host}/${target}`;
}

/**
 * Appended to the headers of a request that is there: a third faster than giving them to its constructor, in whatever
 * form, and repeated names are joined by the rules of the web standard.
 */
function appendHeaders(headers: Headers, rawHeaders: RawHeaders): void {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
}

/** Events hold decoded text where a server has bytes: what `Headers` refuses is written as those bytes, or left out. */
function appendCleaned(headers: Headers, rawHeaders: RawHeaders): void {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    try {
      headers.append(rawHeaders[i] as string, Buffer.from(rawHeaders[i + 1] as string).toString("latin1"));
    } catch {
      // No header of HTTP, so no server would have passed it on either.
    }
  }
}

/**
 * Makes a web `Request`.
 *
 * @param input see {@link WebRequestInput}
 * @param owner asked for the signal when the app is
 * @throws TIDEGATE_EVENT_MALFORMED when the web standard has no such request: a host or method it refuses (TRACE)
 */
export function createWebRequest(input: WebRequestInput, owner: SignalOwner): Request {
  const { method, rawHeaders } = input;
  const init: RequestInit = { method };
  if (input.body !== null && method !== "GET" && method !== "HEAD") {
    init.body = input.body as NonNullable<RequestInit["body"]>;
    // Node asks for this where a body is a stream.
    if (!(input.body instanceof Uint8Array)) init.duplex = "half";
  }
  try {
    const url = toUrl(input);
    const EventRequest = loadWebRequest();
    const request = new EventRequest(url, init, owner);
    try {
      appendHeaders(request.headers, rawHeaders);
      return request;
    } catch {
      // Not those appended before: they would be there twice.
      const cleaned = new EventRequest(url, init, owner);
      appendCleaned(cleaned.headers, rawHeaders);
      return cleaned;
    }
  } catch (cause) {
    const message = "Cannot make a web Request: the web standard has none with this method, host and path";
    throw new TidegateError("TIDEGATE_EVENT_MALFORMED", message, { cause });
  }
}
