import { type EventObject, type EventSource, findSource } from "@tidegate/core";
import type { Exchange } from "../exchange/exchange.ts";
import { serve } from "../exchange/serve.ts";
import type { Listener } from "../listener.ts";
import { LambdaStreamSink, streamClosed } from "../sink/lambda-stream-sink.ts";
import { answerEvent, type EventSettings, readRequest, toExchangeInput } from "./event.ts";
import { serveFetch } from "./fetch-event.ts";
import { abandon, type LambdaStream } from "./lambda-runtime.ts";

/** API Gateway looks for the end of the prelude in the first 16 KB. Source: its developer guide, "Response streaming". */
const GATEWAY_PRELUDE_BYTES = 16 * 1024;

/** Formats of the events whose answers may be streamed. A load balancer takes one JSON object, however it is sent. */
const STREAMED: ReadonlySet<string> = new Set(["aws-function-url", "aws-http-v2", "aws-http-v1", "aws-rest"]);

function runStreamed(
  listener: Listener,
  source: EventSource,
  event: EventObject,
  stream: LambdaStream,
  context: unknown,
  settings: EventSettings,
): Promise<void> {
  const message = readRequest(source, event, settings);
  const input = toExchangeInput(message, source.name, event, context, settings.timeoutMs);
  const maxPreludeBytes = source.name === "aws-function-url" ? Number.POSITIVE_INFINITY : GATEWAY_PRELUDE_BYTES;
  return new Promise((resolve, reject) => {
    let exchange: Exchange | undefined;
    const sink = new LambdaStreamSink(stream, maxPreludeBytes, input.requestId, {
      // Lambda may stop the process once this has resolved, so it waits for what waitUntil was given.
      finished: () => exchange?.settle(resolve),
      failed: (error) => {
        reject(error);
        exchange?.settle(() => {});
      },
      drained: () => exchange?.drain(),
      cancelled: () => exchange?.cancel(),
    });
    const prepare = (running: Exchange): void => {
      exchange = running;
    };
    if (settings.fetch === undefined) serve(listener, input, sink, prepare);
    else serveFetch(settings.fetch, input, sink, prepare);
  });
}

/** Sends the JSON of an answer that was not streamed, which is what Lambda makes of a handler's result. */
function writeWhole(stream: LambdaStream, answer: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on("finish", resolve);
    stream.on("error", reject);
    stream.on("close", () => reject(streamClosed(undefined)));
    stream.setContentType?.("application/json");
    stream.write(JSON.stringify(answer ?? null));
    stream.end();
  });
}

/**
 * Answers the call `(event, responseStream, context)` of a streaming Lambda handler.
 *
 * @param listener the app
 * @param event the event
 * @param stream where the response goes, as the app writes it
 * @param context Lambda's context
 * @param settings see {@link EventSettings}
 * @returns resolves when the stream has finished, as Lambda asks
 * @throws TIDEGATE_EVENT_MALFORMED, TIDEGATE_RESPONSE_ABORTED, TIDEGATE_REQUEST_ABORTED, TIDEGATE_INVOCATION_TIMEOUT: the
 * runtime reports them in the trailers of what it sends
 */
export async function answerLambdaStream(
  listener: Listener,
  event: unknown,
  stream: LambdaStream,
  context: unknown,
  settings: EventSettings,
): Promise<void> {
  try {
    const source = findSource(event);
    if (source !== undefined && STREAMED.has(source.name)) {
      await runStreamed(listener, source, event as EventObject, stream, context, settings);
    } else {
      await writeWhole(stream, await answerEvent(listener, event, context, undefined, settings));
    }
  } catch (error) {
    abandon(stream, error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
