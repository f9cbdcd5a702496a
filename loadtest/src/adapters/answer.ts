import { createHash } from "node:crypto";

/** What a contestant answered, short enough to be sent to another process. */
export interface Answer {
  readonly status: number;
  /** Without those that say something of the connection or the moment. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly bodySha256: string;
}

/** Each connection's own, or of the moment; frameworks without a socket add no length. */
const ignored = new Set(["connection", "keep-alive", "date", "transfer-encoding", "content-length"]);

/** Reads what a handler returned, payload format 1.0 or 2.0; throws when that is none. */
export function readAnswer(result: unknown): Answer {
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = Object(result);
  if (typeof statusCode !== "number") throw new Error(`Cannot read an answer: ${JSON.stringify(result)}`);
  const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
  const all: [string, unknown][] = [...Object.entries(multiValueHeaders ?? {}), ...Object.entries(headers ?? {})];
  const kept = all
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !ignored.has(name));
  return {
    status: statusCode,
    headers: Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))),
    bodyBytes: bytes.length,
    bodySha256: createHash("sha256").update(bytes).digest("hex"),
  };
}
