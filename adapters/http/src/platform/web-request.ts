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

/** A real `Request`, whose signal is made when somebody asks for it: following another one is half of a request's cost. */
function createRequestClass(): RequestClass {
  class LateSignalRequest extends Request {
    readonly #owner: SignalOwner;

    constructor(url: string, init: RequestInit, owner: SignalOwner) {
      super(url, init);
      this.#owner = owner;
    }

    static readSignal(request: LateSignalRequest): AbortSignal {
      return request.#owner.signal;
    }
  }
  // The type declarations have a property here, which TypeScript lets no accessor override.
  Object.defineProperty(LateSignalRequest.prototype, "signal", {
    configurable: true,
    enumerable: true,
    get(this: LateSignalRequest): AbortSignal {
      return LateSignalRequest.readSignal(this);
    },
  });
  return LateSignalRequest;
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
    const LateSignalRequest = loadWebRequest();
    const request = new LateSignalRequest(url, init, owner);
    try {
      appendHeaders(request.headers, rawHeaders);
      return request;
    } catch {
      // Not those appended before: they would be there twice.
      const cleaned = new LateSignalRequest(url, init, owner);
      appendCleaned(cleaned.headers, rawHeaders);
      return cleaned;
    }
  } catch (cause) {
    const message = "Cannot make a web Request: the web standard has none with this method, host and path";
    throw new TidegateError("TIDEGATE_EVENT_MALFORMED", message, { cause });
  }
}
