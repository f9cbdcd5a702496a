import type { ClientRequest } from "./answer.ts";

/** All bytes of a request's body. */
export function bodyBytes({ body }: ClientRequest): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string" || Buffer.isBuffer(body)) return Buffer.from(body as string);
  return Buffer.concat((body as readonly (string | Buffer)[]).map((chunk) => Buffer.from(chunk as string)));
}
