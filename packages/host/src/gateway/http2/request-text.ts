import { randomBytes } from "node:crypto";
import type { HeadRefusal } from "../request-head.ts";
import { connectionFields, fieldName, fieldValue } from "./fields.ts";

/** A request of HTTP/2 in the gateway's inner form. */
export interface RequestText {
  readonly method: string;
  /** Its head as HTTP/1.1, with the empty line that ends it. */
  readonly head: string;
  /** Whether its body has to be sent in chunks, as nothing tells its length. */
  readonly isChunked: boolean;
  /** Whether the stream is to become a WebSocket (RFC 8441). */
  readonly isTunnel: boolean;
  readonly isGrpc: boolean;
}

const methodToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A path with its query as it may stand in a request line: no fragment, no space, no control character. */
const pathText = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/;
const authorityText = /^[\x21-\x7e]*$/;
const grpcType = /^application\/grpc(?:$|[+;-])/i;

/**
 * Writes a request of HTTP/2 as one of HTTP/1.1. What HTTP/2 calls malformed (RFC 9113, 8.1.1 to 8.3), or what could be
 * read in two ways once it is text, is refused: the downgrade is where requests are smuggled.
 *
 * @param fields names and values in turn, in the order they came, pseudo header fields among them
 * @param hasBody whether DATA frames may follow
 */
export function requestText(fields: readonly string[], hasBody: boolean): RequestText | HeadRefusal {
  const reader = new FieldReader();
  for (let at = 0; at < fields.length; at += 2) {
    const why = reader.see(fields[at] ?? "", fields[at + 1] ?? "");
    if (why !== null) return { refused: "TIDEGATE_REQUEST_INVALID", why };
  }
  return reader.finish(hasBody);
}

class FieldReader {
  readonly #pseudo: Map<string, string> = new Map();
  #lines = "";
  #host: string | null = null;
  #cookie: string | null = null;
  #length: string | null = null;
  #isRegular = false;
  #isGrpc = false;

  /** Takes a field; returns why it is malformed, or null. */
  see(name: string, value: string): string | null {
    if (!fieldValue.test(value)) return "a header has a value that HTTP does not allow";
    if (name.startsWith(":")) return this.#seePseudo(name, value);
    this.#isRegular = true;
    if (!fieldName.test(name)) return "a header has a name that HTTP/2 does not allow";
    if (connectionFields.has(name)) return `there is "${name}", which HTTP/2 does not have`;
    switch (name) {
      case "te":
        if (value.toLowerCase() !== "trailers") return `TE is not "trailers" alone`;
        break;
      case "host":
        if (this.#host !== null) return "there is more than one Host";
        this.#host = value;
        return null;
      case "cookie":
        // Crumbs of one header, cut for the sake of compression (RFC 9113, 8.2.3).
        this.#cookie = this.#cookie === null ? value : `${this.#cookie}; ${value}`;
        return null;
      case "content-length":
        this.#length = value;
        break;
      case "content-type":
        this.#isGrpc = grpcType.test(value);
        break;
      default:
    }
    this.#lines += `${name}: ${value}\r\n`;
    return null;
  }

  #seePseudo(name: string, value: string): string | null {
    if (this.#isRegular) return "a pseudo header follows other headers";
    if (this.#pseudo.has(name)) return `there is more than one ${name}`;
    this.#pseudo.set(name, value);
    return null;
  }

  finish(hasBody: boolean): RequestText | HeadRefusal {
    const method = this.#pseudo.get(":method") ?? "";
    const protocol = this.#pseudo.get(":protocol");
    const authority = this.#pseudo.get(":authority");
    const why = this.#problem(method, hasBody);
    if (why !== null) return { refused: "TIDEGATE_REQUEST_INVALID", why };
    const host = authority ?? this.#host;
    const isTunnel = method === "CONNECT" && protocol?.toLowerCase() === "websocket";
    if (method === "CONNECT" && !isTunnel) {
      return { refused: "TIDEGATE_METHOD_UNSUPPORTED", why: "CONNECT is served for WebSockets only" };
    }
    const hostLine = host === null ? "" : `Host: ${host}\r\n`;
    const cookieLine = this.#cookie === null ? "" : `cookie: ${this.#cookie}\r\n`;
    const isChunked = hasBody && !isTunnel && this.#length === null;
    const target = `${isTunnel ? "GET" : method} ${this.#pseudo.get(":path")}`;
    return {
      method,
      head: `${target} HTTP/1.1\r\n${hostLine}${this.#lines}${cookieLine}${isTunnel ? upgradeLines() : closeLine}${isChunked ? chunkedLine : ""}\r\n`,
      isChunked,
      isTunnel,
      isGrpc: this.#isGrpc,
    };
  }

  /** What is wrong with the request as a whole, or null. */
  #problem(method: string, hasBody: boolean): string | null {
    const protocol = this.#pseudo.get(":protocol");
    const authority = this.#pseudo.get(":authority");
    if (!methodToken.test(method)) return "the method is malformed";
    if (authority !== undefined && !authorityText.test(authority)) return "the :authority is malformed";
    if (authority !== undefined && this.#host !== null && authority.toLowerCase() !== this.#host.toLowerCase()) {
      return "Host and :authority differ";
    }
    if (method === "CONNECT" && protocol === undefined) return null;
    if (protocol !== undefined && method !== "CONNECT") return "only CONNECT has a :protocol";
    const scheme = this.#pseudo.get(":scheme");
    if (scheme !== "http" && scheme !== "https") return `the :scheme is neither "http" nor "https"`;
    const path = this.#pseudo.get(":path") ?? "";
    if (!pathText.test(path) && !(path === "*" && method === "OPTIONS")) return "the :path is malformed";
    if (!hasBody && this.#length !== null && Number(this.#length) !== 0) return "its body is missing";
    return null;
  }
}

const closeLine = "Connection: close\r\n";
const chunkedLine = "Transfer-Encoding: chunked\r\n";

/** The key is for HTTP/1.1 alone: over HTTP/2 there is none (RFC 8441, 5). */
function upgradeLines(): string {
  return `Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n`;
}
