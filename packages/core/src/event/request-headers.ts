import { lastHop } from "./client-address.ts";
import { type HeaderName, headerName, legalValue } from "./header-text.ts";
import { malformedEvent, malformedMember, optionalMap, quotedName } from "./members.ts";
import type { RawHeaders } from "./message.ts";
import type { EventObject } from "./source.ts";

/** Headers of a request, with what the sources ask about them, all found in one pass. */
export class RequestHeaders {
  readonly raw: RawHeaders = [];
  /** See `HttpRequestMessage.headers`. Made along with `raw`, as a pass of its own costs a twentieth of a whole request. */
  joined: Record<string, string> | undefined = {};
  /** Index of the value in `raw`, -1 when there is none. */
  contentLengthAt: number = -1;
  /** Index of the last value in `raw`, -1 when there is none, as beside a length. */
  transferEncodingAt: number = -1;
  hasHost: boolean = false;
  hasCookie: boolean = false;
  /** Last value of `x-forwarded-for`. */
  forwardedFor: string | undefined = undefined;
  /** Last value of `x-forwarded-proto`. */
  forwardedProto: string | undefined = undefined;

  readonly #skipsEmptyLength: boolean;

  /** @param skipsEmptyLength leaves `content-length: 0` out, which a platform added and no client sent */
  constructor(skipsEmptyLength: boolean) {
    this.#skipsEmptyLength = skipsEmptyLength;
  }

  /**
   * Adds a header as an event has it: a string, or an array for a repeated one. Hand-written events use numbers and
   * booleans too, and null for a header that is not there.
   *
   * @throws TIDEGATE_EVENT_MALFORMED when name or value can stand in no header
   */
  add(name: string, value: unknown): void {
    const known = headerName(name);
    if (known === undefined) {
      throw malformedEvent(`Cannot read event member "headers": illegal header name ${quotedName(name)}`);
    }
    if (typeof value === "string") this.#append(name, known, value);
    else if (Array.isArray(value)) for (const item of value) this.#appendAny(name, known, item);
    else this.#appendAny(name, known, value);
  }

  /** Finds the first value of a header, by its lower-case name. */
  find(name: string): string | undefined {
    const { raw } = this;
    for (let i = 0; i < raw.length; i += 2) {
      const candidate = raw[i];
      if (candidate?.length === name.length && headerName(candidate)?.lower === name) return raw[i + 1];
    }
    return undefined;
  }

  /** Adds the host where the platform only names its domain in the context. */
  addMissingHost(domainName: string | undefined): void {
    if (domainName !== undefined && !this.hasHost) this.add("Host", domainName);
  }

  /** Last address of `x-forwarded-for`, the one the platform itself saw. */
  get lastHop(): string | undefined {
    return lastHop(this.forwardedFor);
  }

  /**
   * Whether the client spoke TLS to the platform. Of several values the last is the platform's own, as it is with
   * addresses: `https,http` came from a proxy over plain HTTP, and that the proxy's client used TLS is the proxy's word,
   * which an app believes by its own setting (`trust proxy`).
   */
  get isSecure(): boolean {
    const proto = this.forwardedProto;
    if (proto === undefined || proto === "https") return proto !== undefined;
    return (
      proto
        .slice(proto.lastIndexOf(",") + 1)
        .trim()
        .toLowerCase() === "https"
    );
  }

  #appendAny(name: string, known: HeaderName, value: unknown): void {
    if (typeof value === "string") this.#append(name, known, value);
    else if (typeof value === "number" || typeof value === "boolean") this.#append(name, known, String(value));
    else if (value !== null && value !== undefined)
      throw malformedMember("headers", `a string as value of ${quotedName(name)}`, value);
  }

  #append(name: string, known: HeaderName, value: string): void {
    const text = legalValue(known, value);
    if (text === undefined) {
      throw malformedEvent(`Cannot read event member "headers": control character in the value of ${quotedName(name)}`);
    }
    if (known.role !== "ordinary" && !this.#note(known, text)) return;
    this.raw.push(name, text);
    const { joined } = this;
    if (joined === undefined) return;
    const { lower } = known;
    // What every object inherits counts as repeated, too: such a name is Node's to treat.
    if (joined[lower] !== undefined || lower === "set-cookie") this.joined = undefined;
    else joined[lower] = text;
  }

  /** Notes a header with a part in the mapping; false when it is not to be added. */
  #note({ role }: HeaderName, text: string): boolean {
    if (role === "host") this.hasHost = true;
    else if (role === "cookie") this.hasCookie = true;
    else if (role === "x-forwarded-for") this.forwardedFor = text;
    else if (role === "x-forwarded-proto") this.forwardedProto = text;
    else if (role === "transfer-encoding") return this.#noteCoding();
    else if (this.#skipsEmptyLength && text === "0") return false;
    else if (this.contentLengthAt === -1) this.#noteLength();
    // RFC 9112, 6.3: several lengths are one if they are equal, and an attack if they are not.
    else if (this.raw[this.contentLengthAt] === text) return false;
    else throw malformedEvent('Cannot read event member "headers": "content-length" has two different values');
    return true;
  }

  /** No request has both (RFC 9112, 6.2): beside a length there is no coding, as the platform decoded the body. */
  #noteCoding(): boolean {
    if (this.contentLengthAt !== -1) return false;
    this.transferEncodingAt = this.raw.length + 1;
    return true;
  }

  #noteLength(): void {
    if (this.transferEncodingAt !== -1) this.#dropCodings();
    this.contentLengthAt = this.raw.length + 1;
  }

  #dropCodings(): void {
    const { raw } = this;
    let length = 0;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] as string;
      if (headerName(name)?.role === "transfer-encoding") continue;
      raw[length++] = name;
      raw[length++] = raw[i + 1] as string;
    }
    raw.length = length;
    this.joined = undefined;
    this.transferEncodingAt = -1;
  }
}

/**
 * Reads `headers`, a map of a string or array for each name.
 *
 * @param event the event
 * @param skipsEmptyLength see {@link RequestHeaders}
 * @throws TIDEGATE_EVENT_MALFORMED when a name or a value can stand in no header
 */
export function readHeaders(event: EventObject, skipsEmptyLength: boolean = false): RequestHeaders {
  const headers = new RequestHeaders(skipsEmptyLength);
  addMap(headers, optionalMap(event, "headers"));
  return headers;
}

/**
 * Reads `multiValueHeaders`, which has every value, and from `headers`, which has the last only, what is missing there:
 * local emulators and hand-written events fill one, the other, or part of each.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when a name or a value can stand in no header
 */
export function readMultiHeaders(event: EventObject): RequestHeaders {
  const headers = new RequestHeaders(false);
  const multi = optionalMap(event, "multiValueHeaders");
  const single = optionalMap(event, "headers");
  addMap(headers, multi);
  if (multi === undefined) addMap(headers, single);
  else if (single !== undefined) addMissing(headers, multi, single);
  return headers;
}

const PLAIN: EventObject = {};

/** Tells whether `for in` finds more in a plain object than its own members: when somebody added to its prototype. */
function isPrototypeExtended(): boolean {
  for (const _ in PLAIN) return true;
  return false;
}

function addMap(headers: RequestHeaders, map: EventObject | undefined): void {
  if (map === undefined) return;
  if (isPrototypeExtended()) {
    for (const name of Object.keys(map)) headers.add(name, map[name]);
    return;
  }
  // Twice as fast as Object.keys, and this is where most of the time of a mapping goes.
  for (const name in map) headers.add(name, map[name]);
}

function addMissing(headers: RequestHeaders, multi: EventObject, single: EventObject): void {
  const { raw } = headers;
  let known: Set<string> | undefined;
  let at = 0;
  for (const name of Object.keys(single)) {
    // Platforms write both maps in the same order, so that going along with them is all there is to do.
    if (raw[at] === name) {
      do at += 2;
      while (raw[at] === name);
      continue;
    }
    if (Object.hasOwn(multi, name)) continue;
    known ??= lowerNames(raw);
    // Two spellings of a name that stand in `headers` alone are two values: `known` does not grow.
    if (!known.has(name.toLowerCase())) headers.add(name, single[name]);
  }
}

function lowerNames(raw: RawHeaders): Set<string> {
  const names = new Set<string>();
  for (let i = 0; i < raw.length; i += 2) names.add((raw[i] ?? "").toLowerCase());
  return names;
}
