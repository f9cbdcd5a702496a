import type { HttpResponseMessage } from "./message.ts";
import { bodyText, isBase64 } from "./response-body.ts";
import { flatMap, type HeaderMap } from "./response-headers.ts";

/** Answer in the format that Alibaba, Tencent and Huawei share: a flat header map, and all four members each time. */
export interface FlatResponse {
  statusCode: number;
  headers: HeaderMap;
  body: string;
  isBase64Encoded: boolean;
}

/** Writes a response with a flat header map; see {@link flatMap} for what happens to several cookies. */
export function toFlatResponse(response: HttpResponseMessage): FlatResponse {
  const { status, rawHeaders, body } = response;
  return { statusCode: status, headers: flatMap(rawHeaders), body: bodyText(body), isBase64Encoded: isBase64(body) };
}
