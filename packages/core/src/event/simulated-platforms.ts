import {
  type ClientRequest,
  encodeAlb,
  encodeAlibabaGateway,
  encodeFc3,
  encodeHuawei,
  encodeLattice,
  encodeNetlify,
  encodeTencent,
  encodeV1,
  encodeV2,
} from "./simulated-events.ts";
import type { SourceName } from "./source.ts";

/** What a platform's format keeps of repeats: every value, all in one text, the last value, or the text as it was sent. */
export type Kept = "all" | "joined" | "last" | "exact";

/** How a platform turns a request into an event, by its documents, and what its format loses on the way. */
export interface SimulatedPlatform {
  readonly path: "encoded" | "decoded";
  readonly query: Kept;
  readonly headers: Kept;
  /** Makes the event. */
  encode(request: ClientRequest): object;
}

const OWN_DOMAIN = "a1.execute-api.eu-west-1.amazonaws.com";
const FUNCTION_DOMAIN = "a1.lambda-url.eu-west-1.on.aws";

/** Every platform with an HTTP event. */
export const simulatedPlatforms: Readonly<Record<SourceName, SimulatedPlatform>> = {
  "aws-rest": {
    path: "encoded",
    query: "all",
    headers: "all",
    encode: (request) => encodeV1(request, request.path),
  },
  "aws-http-v1": {
    path: "decoded",
    query: "all",
    headers: "all",
    encode: (request) => ({ version: "1.0", ...encodeV1(request, decodeURIComponent(request.path)) }),
  },
  "aws-http-v2": {
    path: "decoded",
    query: "exact",
    headers: "joined",
    encode: (request) => encodeV2(request, decodeURIComponent(request.path), OWN_DOMAIN, false),
  },
  "aws-function-url": {
    path: "encoded",
    query: "exact",
    headers: "joined",
    encode: (request) => encodeV2(request, request.path, FUNCTION_DOMAIN, true),
  },
  "aws-alb": {
    path: "encoded",
    query: "last",
    headers: "last",
    encode: (request) => encodeAlb(request, false),
  },
  "aws-alb-multi": {
    path: "encoded",
    query: "all",
    headers: "all",
    encode: (request) => encodeAlb(request, true),
  },
  "aws-vpc-lattice": { path: "encoded", query: "all", headers: "all", encode: encodeLattice },
  "alibaba-fc3": { path: "encoded", query: "joined", headers: "joined", encode: encodeFc3 },
  "alibaba-apigateway": {
    path: "decoded",
    query: "last",
    headers: "last",
    encode: encodeAlibabaGateway,
  },
  "tencent-apigateway": {
    path: "decoded",
    query: "all",
    headers: "joined",
    encode: (request) => encodeTencent(request, true),
  },
  "tencent-function-url": {
    path: "decoded",
    query: "all",
    headers: "joined",
    encode: (request) => encodeTencent(request, false),
  },
  "huawei-apig": { path: "decoded", query: "last", headers: "last", encode: encodeHuawei },
  netlify: { path: "encoded", query: "exact", headers: "all", encode: encodeNetlify },
};
