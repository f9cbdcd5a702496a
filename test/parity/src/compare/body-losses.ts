import { bodyBytes } from "../client/request-body.ts";
import { type ShapeName, shapeNames } from "../platform/shape.ts";
import type { FullRequest, RequestLoss } from "./loss.ts";

// HTTP APIs frame a chunked body anew, which is a loss of its own.
const keepChunked: readonly ShapeName[] = shapeNames.filter((name) => name !== "aws-http-v2");
const buffered: readonly ShapeName[] = keepChunked.filter((name) => name !== "web");

function without(request: FullRequest, name: string): FullRequest {
  return { ...request, headers: request.headers.filter(([candidate]) => candidate.toLowerCase() !== name) };
}

function dropBody(request: FullRequest): FullRequest {
  const { body: _body, ...rest } = without(request, "transfer-encoding");
  return rest;
}

/** What platforms do to the body of a request. */
export const bodyLosses: readonly RequestLoss[] = [
  {
    side: "request",
    name: "request trailers",
    shapes: keepChunked,
    what: "`req.trailers` is empty.",
    why: "No format has a place for trailers.",
    change: ({ trailers: _trailers, ...request }) => request,
  },
  {
    side: "request",
    name: "chunks of a request",
    shapes: buffered,
    what: "A chunked body arrives in one piece.",
    why: "An event holds the whole body.",
    change: (request) => (Array.isArray(request.body) ? { ...request, body: [bodyBytes(request)] } : request),
  },
  {
    side: "request",
    name: "empty chunked body",
    shapes: buffered,
    what: "A chunked request without a byte in it is a request without a body.",
    why: "An empty body and none are the same in an event.",
    change: (request) => (Array.isArray(request.body) && bodyBytes(request).length === 0 ? dropBody(request) : request),
  },
  {
    side: "request",
    name: "bodies of GET and HEAD",
    shapes: ["web"],
    what: "A GET or HEAD has no body.",
    why: "A `Request` of these methods cannot have one (Fetch standard, 5.4).",
    change: (request) => {
      const { method = "GET" } = request;
      if ((method !== "GET" && method !== "HEAD") || request.body === undefined) return request;
      return without(dropBody(request), "content-length");
    },
  },
  {
    side: "request",
    name: "bytes that are no text",
    shapes: ["tencent-function-url"],
    what: "In a body that is no UTF-8, what is none has become U+FFFD.",
    why: "The event has no `isBase64Encoded`: its body is text.",
    change: (request) => {
      const bytes = bodyBytes(request);
      const text = Buffer.from(bytes.toString("utf8"));
      if (text.equals(bytes)) return request;
      if (Array.isArray(request.body)) return { ...request, body: [text] };
      return { ...without(request, "content-length"), body: text, headers: withLength(request, text.length) };
    },
  },
];

function withLength(request: FullRequest, length: number): FullRequest["headers"] {
  return request.headers.map(([name, value]) =>
    name.toLowerCase() === "content-length" ? [name, String(length)] : [name, value],
  );
}
