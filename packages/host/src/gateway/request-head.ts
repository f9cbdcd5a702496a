import type { HostErrorCode } from "../errors.ts";
import { areFieldLines, filterLines, listMembers, removeFields } from "./header-lines.ts";
import { hopByHopFields, namedByConnection } from "./hop-by-hop.ts";
import { readRequestTarget } from "./request-target.ts";

/** How the body of a message is delimited: by length in bytes, by chunks, not at all, or by the end of the connection. */
export type BodyLength = number | "chunked" | "close";

/** A request's head as the gateway understood it. */
export interface RequestHead {
  readonly method: string;
  /** Request target as an app gets it: path with query, or `*`. */
  readonly target: string;
  /** Path without query, for routing. */
  readonly path: string;
  /** `Host` as sent; empty in an HTTP/1.0 request without one. */
  readonly host: string;
  /** 0 or 1 of HTTP/1.x. */
  readonly minorVersion: number;
  readonly body: Exclude<BodyLength, "close">;
  /** Whether the client keeps its connection for a next request. */
  readonly keepAlive: boolean;
  /** Protocol the client asks to upgrade to; null for a plain request. */
  readonly upgrade: string | null;
  readonly expectsContinue: boolean;
  /** `X-Request-Id` as sent, where usable. */
  readonly requestId: string | null;
  /** Header lines to pass on, `Host` among them, without hop-by-hop and forwarding fields. */
  readonly lines: string;
  /** The client's own forwarding lines, to keep when the peer is a trusted proxy. */
  readonly forwarded: ForwardedFields;
}

export interface ForwardedFields {
  readonly for: string | null;
  readonly host: string | null;
  readonly proto: string | null;
  readonly forwarded: string | null;
}

/** Why a head was refused; the connection cannot be used after it. */
export interface HeadRefusal {
  readonly refused: HostErrorCode;
  readonly why: string;
}

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/;
const digits = /^\d{1,15}$/;
const usableRequestId = /^[\x21-\x7e]{1,200}$/;
/** Node's own server, among others, takes white space behind it for a part of its name. */
const chunkedLine = /^transfer-encoding:[\t ]*chunked\r$/im;

/** As Node's own server understands it, which knows no other expectation. */
const continueExpectation = /(?:^|\W)100-continue(?:$|\W)/i;

/**
 * Most header lines of a request. Node's server shows an app 1000 and drops the others in silence, among them those that
 * the gateway adds.
 */
const maxFieldLines = 900;

const hostField: ReadonlySet<string> = new Set(["host"]);

/** Names of interest by their length: see `filterLines`. */
const seenFields: ReadonlySet<string> = new Set([
  ...hopByHopFields,
  "host",
  "te",
  "expect",
  "upgrade",
  "forwarded",
  "x-request-id",
  "content-length",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "transfer-encoding",
]);
const seenLengths: ReadonlySet<number> = new Set([...seenFields].map((name) => name.length));

/**
 * Reads a request's head strictly: what two parsers could understand differently is refused (RFC 9112, 11.2).
 *
 * @param text the head as latin1, from the request line to the CRLF of the last header line.
 */
export function parseRequestHead(text: string): RequestHead | HeadRefusal {
  const lineEnd = text.indexOf("\r\n");
  const line = requestLine.exec(text.slice(0, lineEnd));
  if (line === null) return refuse("TIDEGATE_REQUEST_INVALID", "the request line is malformed");
  const [, method = "", target = "", major, minor] = line;
  if (major !== "1" || (minor !== "0" && minor !== "1")) {
    return refuse("TIDEGATE_HTTP_VERSION_UNSUPPORTED", `HTTP/${major}.${minor} is not served here`);
  }
  const fields = text.slice(lineEnd + 2);
  if (!areFieldLines(fields)) return refuse("TIDEGATE_REQUEST_INVALID", "a header line is malformed");
  if (hasMoreLines(fields, maxFieldLines)) {
    return refuse("TIDEGATE_HEADERS_TOO_LARGE", `there are more than ${maxFieldLines} header lines`);
  }
  if (method === "CONNECT") return refuse("TIDEGATE_METHOD_UNSUPPORTED", "CONNECT asks for a forward proxy");
  return new RequestHeadReader(method, target, minor === "1" ? 1 : 0).read(fields);
}

function hasMoreLines(fields: string, most: number): boolean {
  // The shortest line has four bytes: "a:" and CRLF. Nearly all heads are done with here.
  if (fields.length <= most * 4) return false;
  let lines = 0;
  for (let at = fields.indexOf("\n"); at >= 0; at = fields.indexOf("\n", at + 1)) lines++;
  return lines > most;
}

/** Whether programs that get headers as environment variables (CGI, WSGI, Rack) would take it for one of ours. */
function isDisguised(name: string): boolean {
  return name.includes("_") && seenFields.has(name.replaceAll("_", "-"));
}

function refuse(refused: HostErrorCode, why: string): HeadRefusal {
  return { refused, why };
}

class RequestHeadReader {
  readonly #method: string;
  readonly #target: string;
  readonly #minorVersion: number;
  #host: string | null = null;
  #length: number | null = null;
  #chunked = false;
  #connection: string[] = [];
  #upgrade: string | null = null;
  #trailersAccepted = false;
  #expectsContinue = false;
  #requestId: string | null = null;
  #forwarded: { for: string | null; host: string | null; proto: string | null; forwarded: string | null } = {
    for: null,
    host: null,
    proto: null,
    forwarded: null,
  };
  #refusal: HeadRefusal | null = null;

  constructor(method: string, target: string, minorVersion: number) {
    this.#method = method;
    this.#target = target;
    this.#minorVersion = minorVersion;
  }

  read(fields: string): RequestHead | HeadRefusal {
    let lines = filterLines(fields, seenLengths, (name, value) => this.#see(name, value));
    const problem = this.#refusal ?? this.#checkFraming(fields);
    if (problem !== null) return problem;
    const named = namedByConnection(this.#connection);
    if (named.length > 0) lines = removeFields(lines, new Set(named));
    const place = readRequestTarget(this.#method, this.#target, this.#host ?? "");
    if (typeof place === "string") return refuse("TIDEGATE_REQUEST_INVALID", place);
    if (place.host !== this.#host) lines = `Host: ${place.host}\r\n${removeFields(lines, hostField)}`;
    if (this.#trailersAccepted) lines += "TE: trailers\r\n";
    const body = this.#chunked ? "chunked" : (this.#length ?? 0);
    return {
      method: this.#method,
      target: place.target,
      path: place.path,
      host: place.host,
      minorVersion: this.#minorVersion,
      body,
      keepAlive:
        this.#minorVersion === 1 ? !this.#connection.includes("close") : this.#connection.includes("keep-alive"),
      upgrade: body === 0 ? this.#wantedUpgrade() : null,
      expectsContinue: this.#expectsContinue,
      requestId: this.#requestId,
      lines,
      forwarded: this.#forwarded,
    };
  }

  /** Takes note of one field; returns whether its line is passed on as it is. */
  #see(name: string, value: string): boolean {
    switch (name) {
      case "host":
        if (this.#host !== null) this.#refuse("TIDEGATE_REQUEST_INVALID", "there is more than one Host");
        this.#host = value;
        return true;
      case "content-length":
        this.#seeLength(value);
        return true;
      case "transfer-encoding":
        if (this.#chunked || value.toLowerCase() !== "chunked") {
          this.#refuse("TIDEGATE_FRAMING_AMBIGUOUS", `Transfer-Encoding is not "chunked" alone`);
        }
        this.#chunked = true;
        return true;
      case "connection":
        this.#connection.push(...listMembers(value));
        return false;
      case "upgrade":
        this.#upgrade = value;
        return false;
      case "te":
        this.#trailersAccepted ||= listMembers(value).includes("trailers");
        return false;
      case "expect":
        this.#expectsContinue = continueExpectation.test(value);
        return true;
      case "x-request-id":
        if (this.#requestId === null && usableRequestId.test(value)) this.#requestId = value;
        return false;
      default:
        return this.#seeForwarding(name, value) && !hopByHopFields.has(name) && !isDisguised(name);
    }
  }

  #seeLength(value: string): void {
    if (!digits.test(value)) this.#refuse("TIDEGATE_FRAMING_AMBIGUOUS", `Content-Length is not one whole number`);
    if (this.#length !== null) this.#refuse("TIDEGATE_FRAMING_AMBIGUOUS", "there is more than one Content-Length");
    this.#length = Number(value);
  }

  #seeForwarding(name: string, value: string): boolean {
    const seen = this.#forwarded;
    const join = (before: string | null): string => (before === null ? value : `${before}, ${value}`);
    if (name === "x-forwarded-for") seen.for = join(seen.for);
    else if (name === "x-forwarded-host") seen.host ??= value;
    else if (name === "x-forwarded-proto") seen.proto ??= value;
    else if (name === "forwarded") seen.forwarded = join(seen.forwarded);
    else return true;
    return false;
  }

  #checkFraming(fields: string): HeadRefusal | null {
    if (this.#chunked && !chunkedLine.test(fields)) {
      return refuse("TIDEGATE_FRAMING_AMBIGUOUS", "white space follows Transfer-Encoding");
    }
    if (this.#chunked && this.#length !== null) {
      return refuse("TIDEGATE_FRAMING_AMBIGUOUS", "there are both Content-Length and Transfer-Encoding");
    }
    if (this.#chunked && this.#minorVersion === 0) {
      return refuse("TIDEGATE_FRAMING_AMBIGUOUS", "Transfer-Encoding in an HTTP/1.0 request");
    }
    if (this.#host === null && this.#minorVersion === 1) return refuse("TIDEGATE_REQUEST_INVALID", "there is no Host");
    return null;
  }

  /**
   * The upgrade that is passed on. With a body none is: Node's server would take the body for what follows the upgrade.
   * Nor is that to HTTP/2: requests behind it would pass by the gateway.
   */
  #wantedUpgrade(): string | null {
    if (this.#upgrade === null || this.#minorVersion === 0 || !this.#connection.includes("upgrade")) return null;
    return listMembers(this.#upgrade).some((protocol) => /^h(?:ttp\/)?2/.test(protocol)) ? null : this.#upgrade;
  }

  #refuse(code: HostErrorCode, why: string): void {
    this.#refusal ??= { refused: code, why };
  }
}
