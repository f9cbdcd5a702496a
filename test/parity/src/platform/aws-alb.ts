import { type Answered, readBody, readFlatHeaders, readMembers, readMultiHeaders, readStatus } from "./answered.ts";
import { toAwsContext } from "./aws-context.ts";
import { bodyMembers } from "./body-members.ts";
import { groupHeaders, lastValues, lowerName } from "./header-map.ts";
import { groupQuery, splitQuery } from "./query-map.ts";
import type { HeaderLine, ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

const REQUEST_CONTEXT = {
  elb: {
    targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:210987654321:targetgroup/orders-fn/4b7e9d21c0a3f865",
  },
};

/** Adds the client's address as the last hop of `x-forwarded-for`: the format has no other place for it. */
export function addHop(lines: readonly HeaderLine[], clientIp: string): HeaderLine[] {
  const hops = lines.filter(([name]) => name.toLowerCase() === "x-forwarded-for").map(([, value]) => value);
  const others = lines.filter(([name]) => name.toLowerCase() !== "x-forwarded-for");
  return [...others, ["x-forwarded-for", [...hops, clientIp].join(", ")]];
}

function toGroups({ headers, clientIp }: ReceivedRequest): Record<string, string[]> {
  return groupHeaders(addHop(headers, clientIp).map(([name, value]) => [lowerName(name), value]));
}

// The reason phrase is in `statusDescription`, behind the status.
function readReason(members: Readonly<Record<string, unknown>>): string {
  const { statusDescription } = members;
  return typeof statusDescription === "string" ? statusDescription.replace(/^\d{3} ?/, "") : "";
}

/** Load balancer in single-value mode: lower-case headers and raw query, the last of repeated values. */
export const awsAlb: BufferedShape = {
  kind: "buffered",
  name: "aws-alb",
  title: "AWS load balancer, single-value mode",
  toEvent: (request) => ({
    requestContext: REQUEST_CONTEXT,
    httpMethod: request.method,
    path: request.path,
    queryStringParameters: lastValues(groupQuery(splitQuery(request.query))),
    headers: lastValues(toGroups(request)),
    ...bodyMembers(request),
  }),
  toContext: toAwsContext,
  toAnswer: (result): Answered => {
    const members = readMembers(result);
    const headers = readFlatHeaders(members.headers);
    return { status: readStatus(members), reason: readReason(members), headers, body: readBody(members) };
  },
};

/** Load balancer in multi-value mode, which answers in `multiValueHeaders` only. */
export const awsAlbMulti: BufferedShape = {
  kind: "buffered",
  name: "aws-alb-multi",
  title: "AWS load balancer, multi-value mode",
  toEvent: (request) => ({
    requestContext: REQUEST_CONTEXT,
    httpMethod: request.method,
    path: request.path,
    multiValueQueryStringParameters: groupQuery(splitQuery(request.query)),
    multiValueHeaders: toGroups(request),
    ...bodyMembers(request),
  }),
  toContext: toAwsContext,
  toAnswer: (result): Answered => {
    const members = readMembers(result);
    const headers = readMultiHeaders(members.multiValueHeaders);
    return { status: readStatus(members), reason: readReason(members), headers, body: readBody(members) };
  },
};
