import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";

/** A parsed JSON object of unknown members. */
export type EventObject = Readonly<Record<string, unknown>>;

/** Names of the event formats that carry an HTTP request. */
export type SourceName =
  | "aws-alb"
  | "aws-alb-multi"
  | "aws-function-url"
  | "aws-http-v2"
  | "aws-http-v1"
  | "aws-rest"
  | "alibaba-fc3"
  | "alibaba-apigateway"
  | "tencent-apigateway"
  | "tencent-function-url"
  | "huawei-apig"
  | "netlify";

/** One event format: how to recognise it, read a request from it, and answer in it. */
export interface EventSource {
  readonly name: SourceName;
  /**
   * Tells whether an event is of this format.
   *
   * @param event the event
   * @param requestContext its `requestContext`, or an empty object
   */
  matches(event: EventObject, requestContext: EventObject): boolean;
  /**
   * Reads the HTTP request of a matching event.
   *
   * @throws TIDEGATE_EVENT_MALFORMED when a member has an unexpected type
   */
  toRequest(event: EventObject): HttpRequestMessage;
  /** Writes a response in the format this source expects. */
  toResponse(response: HttpResponseMessage): object;
}
