import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { readFlatHeaders, readMembers, readStatus } from "./answered.ts";
import { toAwsContext } from "./aws-context.ts";
import { toFunctionUrlEvent } from "./aws-function-url.ts";
import { receive } from "./received-request.ts";
import type { StreamedShape } from "./shape.ts";

/** Content type that says that the bytes begin with a prelude. */
const INTEGRATION_TYPE = "application/vnd.awslambda.http-integration-response";
/** Between prelude and body. */
const DELIMITER: Buffer = Buffer.alloc(8);

type StreamingHandler = (event: unknown, stream: Writable, context: unknown) => Promise<unknown>;

/**
 * The `responseStream` of the Node runtime and the function URL behind it: takes prelude, delimiter and body, and sends
 * the client the head as soon as the prelude is complete, then each piece of the body no faster than it is taken.
 */
class ResponseStream extends Writable {
  readonly #response: ServerResponse;
  #contentType = "application/octet-stream";
  #prelude: Buffer | undefined = Buffer.alloc(0);

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
    response.once("close", () => this.destroy());
  }

  setContentType(contentType: string): void {
    this.#contentType = contentType;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#prelude === undefined) {
      this.#response.write(chunk, done);
      return;
    }
    this.#prelude = Buffer.concat([this.#prelude, chunk]);
    try {
      this.#response.write(this.#takeHead(this.#prelude), done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#prelude === undefined) this.#response.end(done);
    else done(new Error(`Cannot read stream: it ended after ${this.#prelude.length} bytes of its prelude`));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#response.headersSent && !this.#response.writableEnded) this.#response.destroy();
    done(error);
  }

  /** Sends the head once it is there, and returns the piece of the body that came with it. */
  #takeHead(bytes: Buffer): Buffer {
    if (this.#contentType !== INTEGRATION_TYPE) {
      this.#prelude = undefined;
      this.#response.writeHead(200, { "content-type": this.#contentType });
      return bytes;
    }
    const end = bytes.indexOf(DELIMITER);
    if (end < 0) return Buffer.alloc(0);
    this.#prelude = undefined;
    const members = readMembers(JSON.parse(bytes.toString("utf8", 0, end)));
    const headers = readFlatHeaders(members.headers);
    for (const cookie of (members.cookies ?? []) as string[]) headers.push(["set-cookie", cookie]);
    this.#response.writeHead(readStatus(members), headers.flat());
    return bytes.subarray(end + DELIMITER.length);
  }
}

/** Lambda function URL in invoke mode RESPONSE_STREAM. */
export const awsStream: StreamedShape = {
  kind: "streamed",
  name: "aws-stream",
  title: "AWS Lambda function URL, response streaming",
  options: { streaming: true },
  run: async (handler, request, response, requestId) => {
    const event = toFunctionUrlEvent(await receive(request), requestId);
    const stream = new ResponseStream(response);
    let failure: Error | undefined;
    stream.on("error", (error) => {
      failure = error;
    });
    await (handler as unknown as StreamingHandler)(event, stream, toAwsContext(requestId));
    // The runtime reports a handler that settles before its stream has finished.
    if (!stream.writableFinished)
      throw failure ?? new Error("Cannot end invocation: its response stream is not finished");
  },
};
