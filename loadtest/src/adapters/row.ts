import { createHttpEvent, createRestEvent, type EventBody } from "./http-event.ts";

export type Framework = "express" | "fastify" | "fetch";

/** One request to one framework, answered by all that can. */
export interface Row {
  readonly name: string;
  readonly framework: Framework;
  /** Makes the event; the same for each contestant. */
  readonly createEvent: () => object;
  /** Who answers it besides us. */
  readonly peers: readonly string[];
  /** Who answers it without an adapter, for comparison. */
  readonly bare: readonly string[];
}

const peers: Readonly<Record<Framework, readonly string[]>> = {
  express: ["serverless_http", "vendia", "codegenie"],
  fastify: ["fastify_aws_lambda", "serverless_http"],
  fetch: ["hono_aws_lambda"],
};

/** Who does not answer a row as the app does: serverless-http takes a binary body of Fastify's for text. */
const wrong: ReadonlySet<string> = new Set(["fastify_binary_1m serverless_http"]);

const requests = {
  noop: () => createHttpEvent("GET", "/empty"),
  json: () => createHttpEvent("GET", "/items/42"),
  body_64k: () => createHttpEvent("POST", "/documents", jsonBody()),
  binary_1m: () => createHttpEvent("POST", "/images", imageBody()),
  headers_100: () => createHttpEvent("GET", "/headers", null, manyHeaders()),
} as const;

/** All rows: each request to each framework, and JSON as a REST API sends it. */
export const rows: readonly Row[] = [
  ...(["express", "fastify", "fetch"] as const).flatMap((framework) =>
    Object.entries(requests).map(
      ([request, createEvent]): Row => ({
        name: `${framework}_${request}`,
        framework,
        createEvent,
        peers: peers[framework].filter((peer) => !wrong.has(`${framework}_${request} ${peer}`)),
        bare: framework === "express" && request === "json" ? ["bare", "bare_writable", "bare_end"] : [],
      }),
    ),
  ),
  {
    name: "express_json_rest",
    framework: "express",
    createEvent: () => createRestEvent("/items/42"),
    peers: peers.express,
    bare: [],
  },
];

/** 64 KiB of JSON. */
function jsonBody(): EventBody {
  const bytes = 64 * 1024;
  const items: object[] = [];
  const text = () => JSON.stringify({ items });
  for (let id = 1; id <= 600; id += 1) items.push({ id, name: `Item number ${id}`, colour: "blue", tags: ["a", "b"] });
  while (text().length > bytes - 32) items.pop();
  items.push({ id: 0, pad: "x".repeat(Math.max(0, bytes - text().length - 18)) });
  return { type: "application/json", text: text(), isBase64Encoded: false };
}

/** 1 MiB that are neither text nor all the same. */
function imageBody(): EventBody {
  const bytes = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17) & 0xff;
  bytes.write("\x89PNG\r\n\x1a\n", "latin1");
  return { type: "image/png", text: bytes.toString("base64"), isBase64Encoded: true };
}

/** With the nine that any request here has, 100. */
function manyHeaders(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 91 }, (_, index) => [`x-field-${index}`, `value of field ${index}`]));
}
