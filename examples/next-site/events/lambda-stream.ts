import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import type { Handler } from "@tidegate/next";
import { awsFunctionUrl } from "../../../test/parity/src/platform/aws-function-url.ts";
import { receive } from "../../../test/parity/src/platform/received-request.ts";

interface Prelude {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
}

/** What a streaming handler writes to. */
class ResponseStream extends PassThrough {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
    this.pipe(response);
  }

  begin({ statusCode, headers, cookies = [] }: Prelude): this {
    this.#response.writeHead(statusCode, [
      ...Object.entries(headers).flat(),
      ...cookies.flatMap((cookie) => ["set-cookie", cookie]),
    ]);
    // The client sees the prelude ahead of the body.
    this.#response.flushHeaders();
    return this;
  }

  setContentType(): void {}
}

/** Puts the global there that Lambda's Node runtime has, which a handler's module may look for when it loads. */
export function installLambda(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: object) => handler,
      HttpResponseStream: { from: (stream: ResponseStream, prelude: Prelude) => stream.begin(prelude) },
    },
  });
}

/** Answers a request as a function URL in mode RESPONSE_STREAM does. */
export async function answerStreamed(
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const received = await receive(request);
  const event = awsFunctionUrl.toEvent(received, requestId) as { requestContext: object };
  // The name the client used, which the site compares with the origin of a form.
  const requestContext = { ...event.requestContext, domainName: request.headers.host };
  const run = handler as unknown as (event: object, stream: ResponseStream, context: unknown) => Promise<void>;
  await run({ ...event, requestContext }, new ResponseStream(response), awsFunctionUrl.toContext(requestId));
}
