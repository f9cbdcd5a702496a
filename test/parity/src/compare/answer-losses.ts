import { isUtf8 } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Answer } from "../client/answer.ts";
import { bodyBytes } from "../client/request-body.ts";
import type { HeaderLine } from "../platform/received-request.ts";
import { type ShapeName, shapeNames } from "../platform/shape.ts";
import type { AnswerLoss } from "./loss.ts";

function except(...names: readonly ShapeName[]): ShapeName[] {
  return shapeNames.filter((name) => !names.includes(name));
}

function joinRepeats(lines: readonly HeaderLine[]): HeaderLine[] {
  const joined = new Map<string, HeaderLine>();
  for (const [index, [name, value]] of lines.entries()) {
    const lower = name.toLowerCase();
    const key = lower === "set-cookie" ? `${lower} ${index}` : lower;
    const before = joined.get(key);
    joined.set(key, before === undefined ? [name, value] : [before[0], `${before[1]}, ${value}`]);
  }
  return [...joined.values()];
}

/** The value's text, if its bytes are UTF-8; the simulated platforms send text as latin1. */
function asText(value: string): string {
  const bytes = Buffer.from(value, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : value;
}

/** The answer of a platform whose function failed. */
const FAILED: Answer = {
  status: 502,
  reason: "Bad Gateway",
  headers: [
    ["content-type", "application/json"],
    ["date", ""],
  ],
  body: Buffer.from('{"message":"Internal server error"}'),
  trailers: [],
  informational: [],
  isCut: false,
};

/** Most bytes of JSON a load balancer carries, in both directions. */
const ALB_LIMIT_BYTES = 1024 * 1024;

function isTooLarge(body: Buffer): boolean {
  return (isUtf8(body) ? body.length : Math.ceil(body.length / 3) * 4) > ALB_LIMIT_BYTES;
}

function tooLarge(status: number, code: string, message: string): Answer {
  const body = Buffer.from(JSON.stringify({ error: { code, message } }));
  const headers: HeaderLine[] = [
    ["content-type", "application/json; charset=utf-8"],
    ["date", ""],
  ];
  return { ...FAILED, status, reason: STATUS_CODES[status] ?? "", headers, body };
}

/** What platforms do to answers. */
export const answerLosses: readonly AnswerLoss[] = [
  {
    side: "answer",
    name: "trailers",
    shapes: shapeNames,
    what: "Trailers of an answer, and its `Trailer` header, are dropped.",
    why: "No format has a place for trailers.",
    change: (answer) => ({
      ...answer,
      trailers: [],
      headers: answer.headers.filter(([name]) => name.toLowerCase() !== "trailer"),
    }),
  },
  {
    side: "answer",
    name: "answers before the answer",
    shapes: shapeNames,
    what: "`102 Processing` and `103 Early Hints` are dropped.",
    why: "A function gives one answer.",
    change: (answer) => ({
      ...answer,
      informational: answer.informational.filter((lines) => lines.startsWith("100")),
    }),
  },
  {
    side: "answer",
    name: "answers without a Date",
    shapes: shapeNames,
    what: "`res.sendDate = false` has no effect.",
    why: "The platform's server adds `Date`, as RFC 9110, 6.6.1 asks of it.",
    change: (answer) => {
      const hasDate = answer.headers.some(([name]) => name.toLowerCase() === "date");
      return hasDate || answer.status === 0 ? answer : { ...answer, headers: [...answer.headers, ["date", ""]] };
    },
  },
  {
    side: "answer",
    name: "reason phrase",
    shapes: except("web", "aws-alb", "aws-alb-multi"),
    what: "`res.statusMessage` is dropped: the client gets the status's usual phrase.",
    why: "The answer's only member for it is `statusCode`.",
    change: (answer) => (answer.isCut ? answer : { ...answer, reason: STATUS_CODES[answer.status] ?? "unknown" }),
  },
  {
    side: "answer",
    name: "repeated headers of an answer joined",
    shapes: [
      "web",
      "aws-http-v2",
      "aws-function-url",
      "aws-stream",
      "aws-alb",
      "alibaba-fc3",
      "tencent-apigateway",
      "tencent-function-url",
      "huawei-apig",
    ],
    what: "A repeated header, `Set-Cookie` excepted, is one header, joined with `, `, as clients join them too.",
    why: "`headers` is a map from a name to one string; so are the web's `Headers` (Fetch standard, 5.1).",
    change: (answer) => ({ ...answer, headers: joinRepeats(answer.headers) }),
  },
  {
    side: "answer",
    name: "header values that are no ASCII",
    shapes: shapeNames,
    what: "A value such as `grüße` goes out in the platform's encoding. Node sends it in that of the body's first chunk.",
    why: "Formats have values as text, not as bytes.",
    change: (answer) => ({ ...answer, headers: answer.headers.map(([name, value]) => [name, asText(value)]) }),
  },
  {
    side: "answer",
    name: "answers that break off",
    shapes: except("web", "aws-stream"),
    what: "An answer the app breaks off is a 502, not the beginning of an answer.",
    why: "The format carries whole answers, so nothing has been sent when the app breaks off.",
    change: (answer) => (answer.isCut ? FAILED : answer),
  },
  {
    side: "answer",
    name: "answers that break off before they begin",
    shapes: ["web", "aws-stream"],
    what: "A connection the app closes before the head of its answer is sent is a 502.",
    why: "There is no `Response`, and no prelude of a stream, without a status.",
    change: (answer) => (answer.isCut && answer.status === 0 ? FAILED : answer),
  },
  {
    side: "answer",
    name: "requests and answers of more than 1 MB",
    shapes: ["aws-alb", "aws-alb-multi"],
    what: "A larger request is answered 413, a larger answer becomes a 502; both name the limit.",
    why: "A load balancer carries 1 MB of JSON in each direction; bytes that are no text grow by a third in base64.",
    change: (answer, shape, request) => {
      if (isTooLarge(bodyBytes(request))) {
        const message = `Cannot serve the request: its body is (n) bytes, and ${shape} carries ${ALB_LIMIT_BYTES}`;
        return tooLarge(413, "TIDEGATE_REQUEST_TOO_LARGE", message);
      }
      if (!isTooLarge(answer.body)) return answer;
      const message = `Cannot send the response: it is (n) bytes of JSON, and ${shape} carries ${ALB_LIMIT_BYTES}`;
      return tooLarge(502, "TIDEGATE_RESPONSE_TOO_LARGE", message);
    },
  },
];
