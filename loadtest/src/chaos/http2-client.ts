import { type ClientHttp2Session, connect, constants } from "node:http2";
import { AnswerCollector } from "./answer-collector.ts";
import type { Outcome } from "./outcome.ts";
import { patternOf } from "./pattern.ts";
import { type RequestPlan, targetOf } from "./request-plan.ts";

/** A session is followed by another after so many requests, as those of browsers are. */
const mostRequests = 200;

/** A client that goes away resets its stream when the request is surely under way, in milliseconds. */
const abortAfterMs = 60;

/** Sends requests as streams of one HTTP/2 session, without TLS. */
export class Http2Client {
  readonly #url: string;
  #session: ClientHttp2Session | null = null;
  #requests = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends the request; resolves when it is over, whatever came of it. Never rejects. */
  send(plan: RequestPlan): Promise<Outcome> {
    const session = this.#open();
    const collector = new AnswerCollector(plan.id, plan.method, this.#requests++);
    const hasBody = plan.bodyBytes > 0;
    const stream = session.request(
      {
        ":method": plan.method,
        ":path": targetOf(plan),
        "x-request-id": plan.id,
        ...(hasBody && { "content-length": String(plan.bodyBytes) }),
      },
      { endStream: !hasBody },
    );
    if (hasBody) stream.end(patternOf(plan.id, plan.bodyBytes));
    let failure: Error | null = null;
    let isWhole = false;
    stream.on("response", (headers) => {
      const lines = Object.entries(headers).map(([name, value]) => `\r\n${name}: ${String(value)}`);
      collector.onHead({ status: Number(headers[":status"]), text: lines.join("") });
    });
    stream.on("data", (chunk: Buffer) => collector.onBody(chunk));
    stream.on("end", () => {
      isWhole = true;
    });
    stream.on("error", (error) => {
      failure = error;
    });
    stream.on("close", () => {
      const { rstCode } = stream;
      if (isWhole && rstCode === constants.NGHTTP2_NO_ERROR && failure === null) collector.onEnd();
      else collector.onBroken(failure ?? new Error(`reset with ${rstCode}`));
    });
    if (plan.abort !== null) {
      setTimeout(() => {
        collector.abort();
        stream.close(constants.NGHTTP2_CANCEL);
      }, abortAfterMs);
    }
    return collector.outcome;
  }

  /** Ends the session, after what is under way. */
  close(): void {
    this.#session?.close();
    this.#session = null;
  }

  #open(): ClientHttp2Session {
    const last = this.#session;
    if (last !== null && !last.closed && !last.destroyed && this.#requests < mostRequests) return last;
    last?.close();
    const session = connect(this.#url);
    // What goes wrong with it goes wrong with its streams, which tell.
    session.on("error", () => {});
    // The host asks for it: requests that it takes no more go to another one.
    session.on("goaway", () => {
      if (this.#session === session) this.#session = null;
    });
    this.#session = session;
    this.#requests = 0;
    return session;
  }
}
