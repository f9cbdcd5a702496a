import { type ErrorAnswer, statusOf } from "../error-response.ts";

/** Codes of gRPC by the HTTP status of an error of the gateway; the first that says what happened, not who did it. */
const grpcCodes: Readonly<Record<number, number>> = {
  400: 13, // INTERNAL
  404: 12, // UNIMPLEMENTED
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  429: 8,
  431: 8,
  501: 12,
  502: 14, // UNAVAILABLE
  503: 14,
  504: 4,
};

const unknown = 2;

/**
 * Header lines that tell an error of the gateway to a gRPC client: there the status of HTTP is 200, and gRPC's own says
 * what is wrong (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 */
export function grpcError({ code, message, requestId, retryAfterSeconds }: ErrorAnswer): string {
  const status = grpcCodes[statusOf(code)] ?? unknown;
  // Clients that retry wait this long (gRFC A6).
  const pushback = retryAfterSeconds === undefined ? "" : `grpc-retry-pushback-ms: ${retryAfterSeconds * 1000}\r\n`;
  return (
    `Content-Type: application/grpc\r\ngrpc-status: ${status}\r\n` +
    `grpc-message: ${percentEncoded(`${code}: ${message}`)}\r\n${pushback}X-Request-Id: ${requestId}\r\n`
  );
}

/** All but printable ASCII, and the percent sign, as bytes of UTF-8 in hexadecimal. */
function percentEncoded(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/gu, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
