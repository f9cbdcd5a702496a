import { TidegateError } from "../errors.ts";
import { alibabaApigateway, alibabaFc3 } from "./alibaba-fc.ts";
import { awsAlb, awsAlbMulti } from "./aws-alb.ts";
import { awsHttpV1, awsRest } from "./aws-v1.ts";
import { awsFunctionUrl, awsHttpV2 } from "./aws-v2.ts";
import { huaweiApig } from "./huawei.ts";
import { isObject, objectOrEmpty } from "./members.ts";
import { netlify } from "./netlify.ts";
import type { EventSource } from "./source.ts";
import { tencentApigateway, tencentFunctionUrl } from "./tencent-scf.ts";

/** Every known event format, in the order in which they are tried: the first that matches is taken. */
export const eventSources: readonly EventSource[] = [
  awsAlbMulti,
  awsAlb,
  awsFunctionUrl,
  awsHttpV2,
  awsHttpV1,
  awsRest,
  alibabaFc3,
  tencentApigateway,
  tencentFunctionUrl,
  huaweiApig,
  netlify,
  alibabaApigateway,
];

/**
 * Finds the format of an event.
 *
 * @param event a parsed event
 * @returns the first source of {@link eventSources} that matches
 * @throws TIDEGATE_EVENT_UNKNOWN when the event is no HTTP request of a known platform
 */
export function detectSource(event: unknown): EventSource {
  if (isObject(event)) {
    const context = objectOrEmpty(event, "requestContext");
    for (const source of eventSources) {
      if (source.matches(event, context)) return source;
    }
  }
  throw new TidegateError("TIDEGATE_EVENT_UNKNOWN", `Cannot map event to an HTTP request: ${describe(event)}`);
}

/** Names members only, never values: events hold secrets, and messages end in logs. */
function describe(event: unknown): string {
  if (!isObject(event)) return `expected an object, found ${Array.isArray(event) ? "an array" : String(typeof event)}`;
  const names = Object.keys(event).slice(0, 8);
  return `no known source has members ${names.map((name) => JSON.stringify(name)).join(", ") || "(none)"}`;
}
