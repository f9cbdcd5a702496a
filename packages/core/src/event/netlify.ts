import { awsRest } from "./aws-v1.ts";
import { findHeader, lastForwardedFor, listHeaders } from "./headers.ts";
import { optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { EventSource } from "./source.ts";
import { cleanQuery, joinTarget } from "./target.ts";

/** Netlify function with a Lambda-style handler. Format: type declarations of `@netlify/functions`. */
export const netlify: EventSource = {
  name: "netlify",
  matches: (event) => typeof event.rawUrl === "string" && event.httpMethod !== undefined,
  toRequest: (event) => {
    const rawHeaders = listHeaders(optionalMap(event, "multiValueHeaders") ?? optionalMap(event, "headers"));
    return {
      method: requiredString(event, "httpMethod"),
      target: joinTarget(requiredString(event, "path"), cleanQuery(optionalString(event, "rawQuery") ?? "")),
      rawHeaders,
      body: readBody(event),
      clientIp: findHeader(rawHeaders, "x-nf-client-connection-ip") ?? lastForwardedFor(rawHeaders),
      requestId: findHeader(rawHeaders, "x-nf-request-id"),
      isSecure: requiredString(event, "rawUrl").startsWith("https:"),
    };
  },
  toResponse: awsRest.toResponse,
};
