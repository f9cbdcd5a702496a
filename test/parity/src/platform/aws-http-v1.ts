import { toAwsContext } from "./aws-context.ts";
import { toV1Event } from "./aws-rest.ts";
import { readAwsV1Answer } from "./aws-v1-answer.ts";
import { decodePath } from "./decode-path.ts";
import type { BufferedShape } from "./shape.ts";

/** API Gateway HTTP API set to payload 1.0: as REST, but with the path decoded. */
export const awsHttpV1: BufferedShape = {
  kind: "buffered",
  name: "aws-http-v1",
  title: "AWS API Gateway, HTTP API (payload 1.0)",
  toEvent: (request, requestId) => ({
    version: "1.0",
    ...toV1Event(request, decodePath(request.path), "$default", requestId),
  }),
  toContext: toAwsContext,
  toAnswer: readAwsV1Answer,
};
