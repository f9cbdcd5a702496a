import type { HeaderLine } from "../platform/received-request.ts";

/** One answer of a server, as its bytes say. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Header lines in order, case and number. */
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
  readonly trailers: readonly HeaderLine[];
  /** Status and headers of the 1xx answers that came before. */
  readonly informational: readonly string[];
  /** The connection ended before the answer did. */
  readonly isCut: boolean;
}

/** What a client of the table sends. */
export interface ClientRequest {
  /** @default "GET" */
  readonly method?: string;
  /** Request target, as it stands in the request line. */
  readonly target: string;
  /** Sent as they are, after `Host` unless they name one. */
  readonly headers?: readonly HeaderLine[];
  /** Body; a list is sent chunked, one chunk for each item. */
  readonly body?: string | Buffer | readonly (string | Buffer)[];
  /** Trailers of a chunked body. */
  readonly trailers?: readonly HeaderLine[];
}
