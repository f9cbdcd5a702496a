import type { HttpRequestMessage } from "./message.ts";

/**
 * Makes the framing headers agree with the body that is really there: platforms decode bodies and keep the length, or
 * leave both framing headers out, without which body parsers see no body at all. A length the client did not send is
 * not invented: its body was chunked. May be called again, and the last length counts.
 *
 * @param message request whose headers are corrected in place
 * @param lengthBytes length of the body
 */
export function frameBody(message: HttpRequestMessage, lengthBytes: number): void {
  const { rawHeaders, headers, contentLengthAt } = message;
  if (contentLengthAt !== -1) {
    const length = String(lengthBytes);
    rawHeaders[contentLengthAt] = length;
    if (headers !== undefined) headers["content-length"] = length;
  } else if (message.transferEncodingAt === -1 && lengthBytes > 0) {
    message.transferEncodingAt = rawHeaders.push("Transfer-Encoding", "chunked") - 1;
    if (headers !== undefined) headers["transfer-encoding"] = "chunked";
  }
}
