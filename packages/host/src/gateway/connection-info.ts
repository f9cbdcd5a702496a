import type { Duplex } from "node:stream";

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
}

/**
 * A stream that carries HTTP/1.1: the client's socket, plain or TLS, or an HTTP/2 stream dressed as one. It must be
 * half-open: the end of its readable side must not end its writable side.
 */
export interface ClientSocket extends Duplex {
  /** Ends it, and destroys it once what was written is sent. */
  destroySoon(): void;
  /** Destroys it so that the client can tell that what it got is not whole: by a reset, of the connection or the stream. */
  resetAndDestroy(): unknown;
}

/** Takes IPv4 out of an IPv4-mapped IPv6 address: a dual-stack listener shows `a.b.c.d` as `::ffff:a.b.c.d`. */
export function unmappedAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
