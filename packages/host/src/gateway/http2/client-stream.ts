import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ClientSocket } from "../connection-info.ts";
import { type ErrorAnswer, errorResponse } from "../error-response.ts";
import type { BodyLength } from "../request-head.ts";
import { parseResponseHead } from "../response-head.ts";
import { fieldsOf, joinedFields } from "./fields.ts";
import { grpcError } from "./grpc-error.ts";
import type { RequestText } from "./request-text.ts";
import { type Framing, StreamSocket } from "./stream-socket.ts";

/** A client's stream: the gateway reads its request as HTTP/1.1 and writes the response as HTTP/1.1. */
export class ClientStream extends StreamSocket implements ClientSocket {
  protected readonly cutOffCode: number = constants.NGHTTP2_INTERNAL_ERROR;
  readonly #stream: ServerHttp2Stream;
  readonly #method: string;
  readonly #isTunnel: boolean;
  readonly #isGrpc: boolean;

  /** @param request null when it was refused: then only an error is written */
  constructor(stream: ServerHttp2Stream, request: RequestText | null) {
    super("response");
    this.#stream = stream;
    this.#method = request?.method ?? "";
    this.#isTunnel = request?.isTunnel ?? false;
    this.#isGrpc = request?.isGrpc ?? false;
    this.bind(stream);
    this.startReading(framingOf(stream, request));
  }

  protected get isWhole(): boolean {
    return this.hasAllRead && (this.reader.isDone || (this.reader.isEndless && this.writableEnded));
  }

  onHead(text: string, behind: number): BodyLength | "interim" | "tunnel" {
    const head = parseResponseHead(text, this.#method);
    if (head === null) throw new Error("Cannot send the response over HTTP/2: its head is malformed");
    // TE belongs into requests; Node takes it for an error here.
    const { te: _, ...fields } = fieldsOf(head.lines);
    if (head.status === 101) {
      // RFC 8441, 5: success is 200, and there is no Sec-WebSocket-Accept.
      delete fields["sec-websocket-accept"];
      this.endByTrailers();
      this.#respond({ ":status": 200, ...fields }, { waitForTrailers: true });
      return "tunnel";
    }
    if (head.status < 200) {
      this.#stream.additionalHeaders({ ":status": head.status, ...fields });
      return "interim";
    }
    const waitForTrailers = !(typeof head.body === "number" && head.body <= behind);
    if (waitForTrailers) this.endByTrailers();
    this.#respond({ ":status": head.status, ...fields }, { endStream: head.body === 0, waitForTrailers });
    return head.body;
  }

  writeError(answer: ErrorAnswer): void {
    if (!this.#isGrpc || this.#stream.headersSent || this.#stream.closed) {
      this.write(errorResponse(answer), "latin1");
      return;
    }
    // As text the head has no body: that is what makes HEADERS with END_STREAM of it, "Trailers-Only" in gRPC.
    this.write(`HTTP/1.1 200 OK\r\n${grpcError(answer)}Content-Length: 0\r\n\r\n`, "latin1");
  }

  #respond(fields: OutgoingHttpHeaders, how: { endStream?: boolean; waitForTrailers?: boolean }): void {
    const options = { ...how, sendDate: false };
    try {
      this.#stream.respond(fields, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_HTTP2_HEADER_SINGLE_VALUE") throw error;
      this.#stream.respond(joinedFields(fields), options);
    }
  }
}

function framingOf(stream: ServerHttp2Stream, request: RequestText | null): Framing {
  if (request === null || stream.endAfterHeaders) return "none";
  return request.isChunked ? "chunked" : "bare";
}
