import { type HeaderLine, toLines } from "./received-request.ts";

/** What a platform sends its client for what a function returned. */
export interface Answered {
  readonly status: number;
  /** Reason phrase; empty for the status's usual one. */
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
}

type Members = Readonly<Record<string, unknown>>;

/** Reads a function's return value as an object; anything else makes the platform answer 502. */
export function readMembers(result: unknown): Members {
  if (typeof result !== "object" || result === null) throw new Error(`Cannot read result: ${typeof result}`);
  // Platforms see JSON, never the function's own objects.
  return JSON.parse(JSON.stringify(result)) as Members;
}

/** Reads `statusCode`. */
export function readStatus(members: Members): number {
  const { statusCode } = members;
  if (typeof statusCode === "number" && Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599) {
    return statusCode;
  }
  throw new Error(`Cannot read result: statusCode is ${JSON.stringify(statusCode)}`);
}

/** Reads `body` and `isBase64Encoded`. */
export function readBody(members: Members): Buffer {
  const { body, isBase64Encoded } = members;
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body !== "string") throw new Error(`Cannot read result: body is ${typeof body}`);
  if (isBase64Encoded !== true) return Buffer.from(body, "utf8");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body)) throw new Error("Cannot read result: body is no base64");
  return Buffer.from(body, "base64");
}

/** Lists a map of header values: strings, numbers and booleans. */
export function readFlatHeaders(map: unknown): HeaderLine[] {
  if (map === undefined) return [];
  return Object.entries(map as Members).map(([name, value]) => {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw new Error(`Cannot read result: header "${name}" is ${JSON.stringify(value)}`);
    }
    return [name, String(value)];
  });
}

/** Lists a map of arrays of header values. */
export function readMultiHeaders(map: unknown): HeaderLine[] {
  if (map === undefined) return [];
  return Object.entries(map as Members).flatMap(([name, values]) => {
    if (!Array.isArray(values)) throw new Error(`Cannot read result: header "${name}" is no array`);
    return toLines(values.flatMap((value) => [name, String(value)]));
  });
}

/** Reads an answer of `statusCode`, flat `headers`, `body` and `isBase64Encoded`, which four platforms share. */
export function readFlatAnswer(result: unknown): Answered {
  const members = readMembers(result);
  return {
    status: readStatus(members),
    reason: "",
    headers: readFlatHeaders(members.headers),
    body: readBody(members),
  };
}
