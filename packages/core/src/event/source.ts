import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import type { PayloadLimits } from "./payload-limits.ts";

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
  | "aws-vpc-lattice"
  | "alibaba-fc3"
  | "alibaba-apigateway"
  | "tencent-apigateway"
  | "tencent-function-url"
  | "huawei-apig"
  | "netlify";

/** One event format: how to read a request from it, and how to answer in it. */
export interface EventSource {
  readonly name: SourceName;
  /** What the platform carries at most. */
  readonly limits: PayloadLimits;
  /**
   * Reads the HTTP request of an event of this format.
   *
   * @throws TIDEGATE_EVENT_MALFORMED when a member has an unexpected type, or holds what HTTP cannot carry
   */
  toRequest(event: EventObject): HttpRequestMessage;
  /**
   * Writes a response in the format this source expects. Never throws: what HTTP cannot carry is left out or replaced.
   */
  toResponse(response: HttpResponseMessage): object;
  /**
   * Finds the leading part of the path that the event proves to be the platform's and not the app's: the stage, or the
   * key of a custom domain's mapping. Never a guess.
   *
   * @returns whole segments such as `/prod`, fit for `stripBasePath`; empty when there are none
   */
  basePath(event: EventObject): string;
}
