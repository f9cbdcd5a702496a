import { isObject, optionalString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { createItem, joinId } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerInput, TriggerItem, TriggerSource } from "./trigger-source.ts";

/** Whose record it is, by the name of the function it is about. */
const VENDORS: readonly (readonly [prefix: string, type: string])[] = [
  ["arn:", "com.amazonaws.lambda.invocation"],
  ["acs:", "com.aliyun.fc.invocation"],
  ["urn:", "com.huaweicloud.functiongraph.invocation"],
];

interface Invocation {
  readonly context: EventObject;
  readonly requestId: unknown;
  readonly functionName: unknown;
}

function findInvocation(object: EventObject): Invocation | undefined {
  const { requestContext, request_context } = object;
  if (isObject(requestContext) && "requestPayload" in object) {
    return { context: requestContext, requestId: requestContext.requestId, functionName: requestContext.functionArn };
  }
  if (isObject(request_context) && "request_payload" in object) {
    return {
      context: request_context,
      requestId: request_context.request_id,
      functionName: request_context.function_urn,
    };
  }
  return undefined;
}

function read({ object, invocationId }: TriggerInput): TriggerItem[] {
  const found = findInvocation(object);
  const functionName = typeof found?.functionName === "string" ? found.functionName : "";
  const type = VENDORS.find(([prefix]) => functionName.startsWith(prefix))?.[1] ?? "invocation";
  const requestId = typeof found?.requestId === "string" ? found.requestId : invocationId;
  return [
    createItem("destination", object, {
      id: requestId === "" ? invocationId : requestId,
      source: functionName === "" ? "urn:function" : functionName,
      type: joinId(type, optionalString(found?.context ?? {}, "condition")),
      time: toTimestamp(object.timestamp),
      data: { json: object },
    }),
  ];
}

/**
 * How an asynchronous invocation of another function ended, as its destination is told: AWS, Alibaba, Huawei.
 * Format: Lambda developer guide, "Adding a destination"; the others' documents of asynchronous invocation.
 */
export const destination: TriggerSource = {
  name: "destination",
  partialFailures: "none",
  matches: ({ object }) => findInvocation(object) !== undefined,
  read,
};
