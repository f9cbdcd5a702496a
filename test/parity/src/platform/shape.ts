import type { IncomingMessage, ServerResponse } from "node:http";
import type { Handler, HandlerOptions } from "@tidegate/http";
import type { Answered } from "./answered.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** Names of the shapes, as in `TIDEGATE_PARITY_SHAPE`, in the order of the table. */
export const shapeNames = [
  "web",
  "aws-rest",
  "aws-http-v1",
  "aws-http-v2",
  "aws-function-url",
  "aws-stream",
  "aws-alb",
  "aws-alb-multi",
  "alibaba-fc3",
  "tencent-apigateway",
  "tencent-function-url",
  "huawei-apig",
  "netlify",
] as const;

/** Name of a shape. */
export type ShapeName = (typeof shapeNames)[number];

/** A platform whose function takes one event and returns one answer. */
export interface BufferedShape {
  readonly kind: "buffered";
  readonly name: ShapeName;
  /** Name for people. */
  readonly title: string;
  /** Makes the event of a request. */
  toEvent(request: ReceivedRequest, requestId: string): unknown;
  /** Makes the context the platform passes beside the event. */
  toContext(requestId: string): unknown;
  /** Reads what the function returned. Throws where the platform would answer 502. */
  toAnswer(result: unknown): Answered;
}

/** A platform that streams: it calls the function itself and writes to the client as bytes come. */
export interface StreamedShape {
  readonly kind: "streamed";
  readonly name: ShapeName;
  readonly title: string;
  /** Options of `toHandler` for it. */
  readonly options?: HandlerOptions;
  /** Runs one request. Rejects, before anything was written, where the platform would answer 502. */
  run(handler: Handler, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>;
}

/** One way a cloud passes HTTP requests to a function. */
export type Shape = BufferedShape | StreamedShape;
