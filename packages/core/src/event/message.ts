/** A body as platforms carry it inside JSON: text, or bytes in base64. */
export type MessageBody = { readonly text: string } | { readonly base64: string };

/**
 * Headers as they stand on the wire: name, value, name, value and so on, repeats and case kept.
 * The same shape as `rawHeaders` of Node, so no pair is built and taken apart on the hot path.
 */
export type RawHeaders = string[];

/** An HTTP request, independent of the event it came in. */
export interface HttpRequestMessage {
  /** Upper-case method, a token (RFC 9110, 9.1). */
  readonly method: string;
  /** Path and query as in the request line and in `req.url`: visible ASCII only, starting with `/`. */
  readonly target: string;
  /** Names are tokens; values hold no control characters and one byte per character, as Node's parser gives them. */
  readonly rawHeaders: RawHeaders;
  /**
   * The same by lower-case name; `undefined` when a name is repeated or is `set-cookie`, which Node's rules then join.
   * Belongs to this message alone, so that it may be handed to the app as `req.headers`.
   */
  readonly headers: Record<string, string> | undefined;
  /** Index in `rawHeaders` of the value of the one `content-length`; -1 when there is none. */
  readonly contentLengthAt: number;
  /** Index in `rawHeaders` of the last value of `transfer-encoding`; -1 when there is none, as beside a length. */
  transferEncodingAt: number;
  /** `null` when the request has none. */
  readonly body: MessageBody | null;
  /** Address of the client as the platform saw it, an IPv4 or IPv6 address. */
  readonly clientIp: string | undefined;
  /** The platform's id of this invocation, visible ASCII. */
  readonly requestId: string | undefined;
  /** Whether the client spoke TLS to the platform. */
  readonly isSecure: boolean;
}

/** An HTTP response, independent of the format the platform wants back. */
export interface HttpResponseMessage {
  readonly status: number;
  /** Reason phrase, `Created`; may be empty. */
  readonly statusText: string;
  readonly rawHeaders: RawHeaders;
  /** `null` when the response has none. */
  readonly body: MessageBody | null;
}
