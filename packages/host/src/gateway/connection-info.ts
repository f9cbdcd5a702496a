import type { Duplex } from "node:stream";
import type { ErrorAnswer } from "./error-response.ts";

/** Who is at the other end of a client's connection, as far as the gateway knows. */
export interface ConnectionInfo {
  /** Address of the client: of the PROXY protocol, else of the socket; IPv4-mapped IPv6 addresses are unwrapped. */
  readonly address: string;
  /** Its port; 0 where that is not known. */
  readonly port: number;
  /** Whether the client came over TLS. */
  readonly isSecure: boolean;
  /** Name that the client asked for in its TLS hello (SNI); null without. */
  readonly serverName: string | null;
  /** Whether the client speaks HTTP/2: its requests are translated, each is a connection of its own to the gateway. */
  readonly isHttp2: boolean;
}

/**
 * A stream that carries HTTP/1.1: the client's socket, plain or TLS, or an HTTP/2 stream dressed as one. The end of its
 * readable side means that the client is gone, and must not end its writable side.
 */
export interface ClientSocket extends Duplex {
  /** Bytes written so far, those that wait among them, where it counts them. */
  readonly bytesWritten?: number;
  /** Ends it, and destroys it once what was written is sent. */
  destroySoon(): void;
  /** Destroys it so that the client can tell that what it got is not whole: by a reset, of the connection or the stream. */
  resetAndDestroy(): unknown;
  /** Writes an error of the gateway in the form its client understands; absent: that is `errorResponse`. */
  writeError?(answer: ErrorAnswer): void;
}

/** Takes IPv4 out of an IPv4-mapped IPv6 address: a dual-stack listener shows `a.b.c.d` as `::ffff:a.b.c.d`. */
export function unmappedAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
