import { describe, expect, it } from "vitest";
import type { HostErrorCode } from "../../errors.ts";
import { grpcError } from "./grpc-error.ts";

describe("grpcError tells an error of the gateway in gRPC's words", () => {
  const cases: { code: HostErrorCode; status: number }[] = [
    { code: "TIDEGATE_QUEUE_FULL", status: 14 },
    { code: "TIDEGATE_INSTANCE_LOST", status: 14 },
    { code: "TIDEGATE_RESPONSE_TIMEOUT", status: 4 },
    { code: "TIDEGATE_HEADERS_TOO_LARGE", status: 8 },
    { code: "TIDEGATE_ROUTE_NOT_FOUND", status: 12 },
    { code: "TIDEGATE_REQUEST_INVALID", status: 13 },
  ];
  it.each(cases)("$code: $status", ({ code, status }) => {
    const lines = grpcError({ code, message: "why", requestId: "id", closes: true });
    expect(lines).toContain(`grpc-status: ${status}\r\ngrpc-message: ${code}: why\r\n`);
  });

  it("percent-encodes the message, and tells clients that retry when to", () => {
    const lines = grpcError({
      code: "TIDEGATE_QUEUE_FULL",
      message: "100 % caf\u00e9\r\nx: y \u{1f30a}",
      requestId: "id",
      retryAfterSeconds: 3,
      closes: true,
    });
    expect(lines).toContain("grpc-message: TIDEGATE_QUEUE_FULL: 100 %25 caf%C3%A9%0D%0Ax: y %F0%9F%8C%8A\r\n");
    expect(lines).toContain("grpc-retry-pushback-ms: 3000\r\n");
  });
});
