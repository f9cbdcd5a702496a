import type { IncomingMessage, ServerResponse } from "node:http";
import { type App, isNodePair, type Listener, toListener } from "./listener.ts";
import { answerFc2, isFc2Response } from "./platform/alibaba-fc2.ts";
import { answerAzure, isAzureRequest } from "./platform/azure.ts";
import { answerEvent } from "./platform/event.ts";
import { answerConsumed, hasConsumedBody } from "./platform/google.ts";
import { answerPair } from "./platform/node-pair.ts";
import { answerRequest, isWebRequest } from "./platform/web.ts";

/** Property of every handler that holds its plain Node listener, so that a host can serve it without events. */
export const LISTENER: unique symbol = Symbol.for("tidegate.listener");

/** A function handler: answers whatever its platform calls it with, and says so in that platform's format. */
export interface Handler {
  /** Web standard: Netlify, Vercel, Deno, Bun, Cloudflare with Node compatibility. */
  (request: Request, context?: unknown): Promise<Response>;
  /** Node: a server's listener, Vercel's legacy form, Google Functions. Resolves when the response is over. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Events of AWS, Alibaba, Tencent, Huawei, Netlify and Azure. */
  (event: unknown, context?: unknown, callback?: unknown): Promise<object>;
  readonly [LISTENER]: Listener;
}

/** Settings of {@link toHandler}. */
export interface HandlerOptions {
  /** Answers a web `Request` without going through Node's objects; for apps that speak the web standard themselves. */
  fetch?: (request: Request, ...rest: unknown[]) => Response | PromiseLike<Response>;
}

/**
 * Makes a function handler of a Node HTTP app. The handler recognises its caller with each call.
 *
 * @param app a listener `(req, res)`, an `http.Server`, or a promise of either
 * @param options see {@link HandlerOptions}
 * @returns a handler of two declared parameters, as platforms read `handler.length`
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * export const handler = toHandler((req, res) => res.end("hello"));
 */
export function toHandler(app: App, options: HandlerOptions = {}): Handler {
  const listener = toListener(app);
  // Platforms choose the calling style by the number of declared parameters: with three, AWS refuses to load the
  // handler on Node 24. The callback is therefore read from `arguments`.
  const handler = function handler(first: unknown, second: unknown): Promise<unknown> {
    // biome-ignore lint/complexity/noArguments: a third declared parameter or a rest parameter changes handler.length
    const callback: unknown = arguments[2];
    if (isFc2Response(second)) return answerFc2(listener, first, second, callback);
    if (isNodePair(first, second)) {
      const pair = [first as IncomingMessage, second as ServerResponse] as const;
      return hasConsumedBody(pair[0]) ? answerConsumed(listener, ...pair) : answerPair(listener, ...pair);
    }
    if (isAzureRequest(first)) return answerAzure(listener, first, second);
    if (isWebRequest(first)) {
      return options.fetch === undefined
        ? answerRequest(listener, first, second)
        : Promise.resolve(options.fetch(first, second, callback));
    }
    return answerEvent(listener, first, second, callback);
  };
  return Object.assign(handler, { [LISTENER]: listener }) as Handler;
}
