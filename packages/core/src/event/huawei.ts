import { noBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import { toFlatResponse } from "./flat-response.ts";
import { objectOrEmpty, optionalId, optionalMap, readBody, requiredString } from "./members.ts";
import { readMethod } from "./method.ts";
import { SIX_MIB_LIMITS } from "./payload-limits.ts";
import { readHeaders } from "./request-headers.ts";
import type { EventSource } from "./source.ts";
import { encodePath, encodeQuery, joinTarget } from "./target.ts";

/**
 * FunctionGraph APIG trigger. The body is base64 even for JSON, and the flag says so; without the flag it is text.
 * Format: FunctionGraph user guide, "APIG trigger".
 */
export const huaweiApig: EventSource = {
  name: "huawei-apig",
  limits: SIX_MIB_LIMITS,
  toRequest: (event) => {
    const headers = readHeaders(event);
    return {
      method: readMethod(event, "httpMethod"),
      target: joinTarget(
        encodePath(requiredString(event, "path")),
        encodeQuery(optionalMap(event, "queryStringParameters")),
      ),
      rawHeaders: headers.raw,
      headers: headers.joined,
      contentLengthAt: headers.contentLengthAt,
      transferEncodingAt: headers.transferEncodingAt,
      body: readBody(event),
      // The context has no address.
      clientIp: readAddress(headers.find("x-real-ip")) ?? headers.lastHop,
      requestId: optionalId(objectOrEmpty(event, "requestContext"), "requestId"),
      isSecure: headers.isSecure,
    };
  },
  toResponse: toFlatResponse,
  basePath: noBasePath,
};
