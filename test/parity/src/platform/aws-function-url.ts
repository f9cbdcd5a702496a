import { toAwsContext } from "./aws-context.ts";
import { readAwsV2Answer, toV2Event } from "./aws-http-v2.ts";
import type { ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

/** Makes the event of a function URL: the 2.0 format with the path still encoded and cookies in both places. */
export function toFunctionUrlEvent(request: ReceivedRequest, requestId: string): object {
  const variant = {
    rawPath: request.path,
    domain: "q5z7w1v8u3t2.lambda-url.eu-west-1.on.aws",
    headers: request.headers,
  };
  return toV2Event(request, variant, requestId);
}

/** Lambda function URL in invoke mode BUFFERED. */
export const awsFunctionUrl: BufferedShape = {
  kind: "buffered",
  name: "aws-function-url",
  title: "AWS Lambda function URL",
  toEvent: toFunctionUrlEvent,
  toContext: toAwsContext,
  toAnswer: readAwsV2Answer,
};
