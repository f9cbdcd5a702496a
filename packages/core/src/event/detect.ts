import { TidegateError } from "../errors.ts";
import { alibabaApigateway, alibabaFc3 } from "./alibaba-fc.ts";
import { awsAlb, awsAlbMulti } from "./aws-alb.ts";
import { awsHttpV1, awsRest } from "./aws-v1.ts";
import { awsFunctionUrl, awsHttpV2 } from "./aws-v2.ts";
import { awsVpcLattice } from "./aws-vpc-lattice.ts";
import { huaweiApig } from "./huawei.ts";
import { isObject, objectOrEmpty, quotedName } from "./members.ts";
import { netlify } from "./netlify.ts";
import type { EventObject, EventSource } from "./source.ts";
import { tencentApigateway, tencentFunctionUrl } from "./tencent-scf.ts";

/** Every known event format. */
export const eventSources: readonly EventSource[] = [
  awsAlbMulti,
  awsAlb,
  awsFunctionUrl,
  awsHttpV2,
  awsHttpV1,
  awsRest,
  awsVpcLattice,
  alibabaFc3,
  alibabaApigateway,
  tencentApigateway,
  tencentFunctionUrl,
  huaweiApig,
  netlify,
];

/**
 * Finds the format of an event.
 *
 * @param event a parsed event
 * @returns the source of that format, one of {@link eventSources}
 * @throws TIDEGATE_EVENT_UNKNOWN when the event is no HTTP request of a known platform
 */
export function detectSource(event: unknown): EventSource {
  const source = findSource(event);
  if (source !== undefined) return source;
  throw new TidegateError("TIDEGATE_EVENT_UNKNOWN", `Cannot map event to an HTTP request: ${describe(event)}`);
}

/**
 * Finds the format of an event, by the members that only one format has. Nothing is guessed from values.
 *
 * @param event a parsed event
 * @returns undefined when the event is no HTTP request of a known platform
 */
export function findSource(event: unknown): EventSource | undefined {
  if (!isObject(event)) return undefined;
  const context = objectOrEmpty(event, "requestContext");
  // A Lambda authorizer is asked in the formats of the request it is to allow, and answers with a policy.
  if (event.type === "REQUEST" && (event.methodArn !== undefined || event.routeArn !== undefined)) return undefined;
  switch (event.version) {
    case "2.0":
      return findVersion2(context);
    case "1.0":
      return event.httpMethod === undefined ? undefined : awsHttpV1;
    case "v1":
      return context.http === undefined ? undefined : alibabaFc3;
    case undefined:
      return findUnversioned(event, context);
    default:
      return undefined;
  }
}

function findVersion2(context: EventObject): EventSource | undefined {
  const { domainName, http } = context;
  if (typeof domainName === "string" && domainName.includes(".lambda-url.")) return awsFunctionUrl;
  if (http !== undefined) return awsHttpV2;
  return context.serviceNetworkArn === undefined ? undefined : awsVpcLattice;
}

function findUnversioned(event: EventObject, context: EventObject): EventSource | undefined {
  if (context.elb !== undefined) return isObject(event.multiValueHeaders) ? awsAlbMulti : awsAlb;
  // A WebSocket event through an HTTP gateway has a connection, and no method of a request.
  if (event.httpMethod === undefined) return findHandWritten2(event, context);
  if (context.resourcePath !== undefined || typeof event.resource === "string") return awsRest;
  if (isObject(event.queryString)) return context.serviceId === undefined ? tencentFunctionUrl : tencentApigateway;
  if (typeof event.rawUrl === "string") return netlify;
  if (context.apiId !== undefined) return huaweiApig;
  if (event.queryParameters !== undefined) return alibabaApigateway;
  // Left are REST events whose context a test or an emulator made up: these maps are API Gateway's own.
  if (isObject(event.multiValueHeaders) || isObject(event.multiValueQueryStringParameters)) return awsRest;
  return isBareRequest(event, context) ? awsRest : undefined;
}

/** The 2.0 formats as people write them for tests, without `version`; only Function Compute has `queryParameters`. */
function findHandWritten2(event: EventObject, context: EventObject): EventSource | undefined {
  const { method, path } = objectOrEmpty(context, "http");
  if (typeof method !== "string" || typeof (event.rawPath ?? path) !== "string") return undefined;
  return event.queryParameters === undefined ? findVersion2(context) : alibabaFc3;
}

/** Members of a request that say nothing of its platform. */
const BARE_MEMBERS: ReadonlySet<string> = new Set([
  "path",
  "httpMethod",
  "headers",
  "queryStringParameters",
  "multiValueHeaders",
  "multiValueQueryStringParameters",
  "pathParameters",
  "body",
  "isBase64Encoded",
  "requestContext",
]);

/**
 * Tells whether an event is a request and nothing else, as Netlify documents its own and people type it into a console.
 * It may be read and answered as one of a REST API, whose answers every platform with `httpMethod` takes.
 */
function isBareRequest(event: EventObject, context: EventObject): boolean {
  if (typeof event.httpMethod !== "string" || typeof event.path !== "string") return false;
  const isPlatformless =
    Object.keys(context).length === 0 || typeof objectOrEmpty(context, "identity").sourceIp === "string";
  return isPlatformless && Object.keys(event).every((name) => BARE_MEMBERS.has(name));
}

/** Names members only, never values: events hold secrets, and messages end in logs. */
function describe(event: unknown): string {
  if (event === null) return "expected an object, found null";
  if (!isObject(event)) return `expected an object, found ${Array.isArray(event) ? "an array" : String(typeof event)}`;
  const records = ["Records", "records", "events"].find((name) => Array.isArray(event[name]));
  if (records !== undefined) {
    const [first] = event[records] as unknown[];
    if (first === undefined) return `its list "${records}" is empty, so that nothing tells whose it is`;
    const members = isObject(first) ? Object.keys(first).slice(0, 8).map(quotedName).join(", ") : "";
    return `no known source has a list "${records}" of objects with members ${members || "(none)"}`;
  }
  const names = Object.keys(event).slice(0, 8);
  return `no known source has members ${names.map(quotedName).join(", ") || "(none)"}`;
}
