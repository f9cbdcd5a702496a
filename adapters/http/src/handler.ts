import type { IncomingMessage, ServerResponse } from "node:http";
import { parseBasePath } from "@tidegate/core";
import { type AppSource, LOAD, type Loading } from "./bootstrap/framework.ts";
import { checkHandlerOptions, type HandlerOptions } from "./handler-options.ts";
import { type App, isNodePair, type Listener, type NodeApp, toListener } from "./listener.ts";
import { answerFc2, isFc2Response } from "./platform/alibaba-fc2.ts";
import { answerAzure, isAzureRequest } from "./platform/azure.ts";
import { answerEvent, type EventSettings } from "./platform/event.ts";
import { callFetch } from "./platform/fetch-web.ts";
import { answerConsumed, hasConsumedBody } from "./platform/google.ts";
import { isLambdaStream, streamify } from "./platform/lambda-runtime.ts";
import { answerLambdaStream } from "./platform/lambda-stream.ts";
import { answerPair } from "./platform/node-pair.ts";
import { answerRequest, isWebRequest } from "./platform/web.ts";

/** Property of every handler that holds its plain Node listener, so that a host can serve it without events. */
export const LISTENER: unique symbol = Symbol.for("tidegate.listener");

/** The members that responses in the formats of platforms share, and others by name: see the platform's own types. */
export interface EventAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
  [member: string]: unknown;
}

/** A function handler: answers whatever its platform calls it with, and says so in that platform's format. */
export interface Handler {
  /** Web standard: Netlify, Vercel, Deno, Bun, Cloudflare with Node compatibility. */
  (request: Request, context?: unknown): Promise<Response>;
  /** Node: a server's listener, Vercel's legacy form, Google Functions. Resolves when the response is over. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /**
   * Events of AWS, Alibaba, Tencent, Huawei, Netlify and Azure. An HTTP event gives the response in its platform's format,
   * any other what its platform wants to know, `null` for success. Which it is, the event tells and no type can: name
   * the result, or let the handler's type do so, as `const handler: SQSHandler = toHandler(app)`.
   */
  <Result = EventAnswer>(event: unknown, context?: unknown, callback?: unknown): Promise<Result>;
  readonly [LISTENER]: Listener;
}

/**
 * Makes a function handler of a Node HTTP app. The handler recognises its caller with each call.
 *
 * @param app a listener `(req, res)`, an `http.Server`, a promise of either, or a function that makes one
 * @param options see {@link HandlerOptions}
 * @returns a handler of two declared parameters, as platforms read `handler.length`
 * @throws TIDEGATE_APP_INVALID when the app is none, TIDEGATE_OPTIONS_INVALID when an option is unknown or of another type
 *
 * @example
 * export const handler = toHandler((req, res) => res.end("hello"));
 */
export function toHandler(app: App, options?: HandlerOptions): Handler;
/** Also of a factory whose parameters all have defaults. */
export function toHandler(app: AppSource<NodeApp>, options?: HandlerOptions): Handler;
export function toHandler(app: App | AppSource<NodeApp>, options: HandlerOptions = {}): Handler {
  checkHandlerOptions(options);
  const listener = toListener(app);
  const { basePath = "", events, fetch, timeoutMs } = options;
  const settings: EventSettings = {
    basePath: basePath === "auto" ? basePath : parseBasePath(basePath),
    events,
    fetch,
    timeoutMs,
  };
  // Platforms choose the calling style by the number of declared parameters: with three, AWS refuses to load the
  // handler on Node 24. The callback is therefore read from `arguments`.
  const handler = function handler(first: unknown, second: unknown): Promise<unknown> {
    // biome-ignore lint/complexity/noArguments: a third declared parameter or a rest parameter changes handler.length
    const third: unknown = arguments[2];
    if (isFc2Response(second)) return answerFc2(listener, first, second, third, timeoutMs);
    if (isLambdaStream(second)) return answerLambdaStream(listener, first, second, third, settings);
    if (isNodePair(first, second)) {
      const pair = [first as IncomingMessage, second as ServerResponse] as const;
      return hasConsumedBody(pair[0]) ? answerConsumed(listener, ...pair) : answerPair(listener, ...pair);
    }
    if (isAzureRequest(first)) return answerAzure(listener, first, second, timeoutMs);
    if (isWebRequest(first)) {
      return fetch === undefined
        ? answerRequest(listener, first, second, timeoutMs)
        : callFetch(fetch, first, second, third);
    }
    return answerEvent(listener, first, second, third, settings);
  };
  const load = (listener as Loading)[LOAD];
  const own = load === undefined ? { [LISTENER]: listener } : { [LISTENER]: listener, [LOAD]: load };
  const whole = Object.assign(handler, own) as Handler;
  return options.streaming === true ? streamify(whole) : whole;
}
