import { noBasePath } from "./base-path.ts";
import { toFlatResponse } from "./flat-response.ts";
import { optionalMap, readBody, requiredString } from "./members.ts";
import { readMethod } from "./method.ts";
import { SIX_MIB_LIMITS } from "./payload-limits.ts";
import { readHeaders } from "./request-headers.ts";
import type { EventSource } from "./source.ts";
import { cleanPath, joinTarget, repairQuery } from "./target.ts";

/**
 * VPC Lattice service with event structure V2: headers and query as arrays. It shares `version` with API Gateway, and
 * nothing else. Format: VPC Lattice user guide, "Lambda functions as targets".
 */
export const awsVpcLattice: EventSource = {
  name: "aws-vpc-lattice",
  limits: SIX_MIB_LIMITS,
  toRequest: (event) => {
    const headers = readHeaders(event);
    return {
      method: readMethod(event, "method"),
      target: joinTarget(
        cleanPath(requiredString(event, "path")),
        repairQuery(optionalMap(event, "queryStringParameters")),
      ),
      rawHeaders: headers.raw,
      headers: headers.joined,
      contentLengthAt: headers.contentLengthAt,
      transferEncodingAt: headers.transferEncodingAt,
      body: readBody(event),
      clientIp: headers.lastHop,
      requestId: undefined,
      isSecure: headers.isSecure,
    };
  },
  toResponse: toFlatResponse,
  basePath: noBasePath,
};
