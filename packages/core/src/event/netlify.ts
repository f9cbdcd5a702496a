import { readDecodedQuery, toV1Response } from "./aws-v1.ts";
import { noBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import { readBody, readId, requiredString } from "./members.ts";
import { readMethod } from "./method.ts";
import { LAMBDA_LIMITS } from "./payload-limits.ts";
import { readMultiHeaders } from "./request-headers.ts";
import type { EventSource } from "./source.ts";
import { cleanPath, cleanQuery, joinTarget } from "./target.ts";

/** Netlify function with a Lambda-style handler. Format: type declarations of `@netlify/functions`. */
export const netlify: EventSource = {
  name: "netlify",
  limits: LAMBDA_LIMITS,
  toRequest: (event) => {
    const headers = readMultiHeaders(event);
    const query = typeof event.rawQuery === "string" ? cleanQuery(event.rawQuery) : readDecodedQuery(event);
    return {
      method: readMethod(event, "httpMethod"),
      target: joinTarget(cleanPath(requiredString(event, "path")), query),
      rawHeaders: headers.raw,
      headers: headers.joined,
      contentLengthAt: headers.contentLengthAt,
      transferEncodingAt: headers.transferEncodingAt,
      body: readBody(event),
      clientIp: readAddress(headers.find("x-nf-client-connection-ip")) ?? headers.lastHop,
      requestId: readId(headers.find("x-nf-request-id")),
      isSecure: requiredString(event, "rawUrl").startsWith("https:"),
    };
  },
  toResponse: toV1Response,
  basePath: noBasePath,
};
