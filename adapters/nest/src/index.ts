import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type AppSource,
  createListener,
  type Framework,
  type Handler,
  type HandlerOptions,
  type Listener,
  toHandler as toHttpHandler,
} from "@tidegate/http";

export {
  getInvocation,
  getTrigger,
  type Handler,
  type HandlerOptions,
  type Invocation,
  onEvent,
  type TriggerEvent,
  waitUntil,
} from "@tidegate/http";

/** The part of a NestJS app that the adapter uses. */
export interface NestApp {
  /** Makes routes and runs the lifecycle hooks, without listening. */
  init(): PromiseLike<unknown>;
  /** The platform below: Express or Fastify. */
  getHttpAdapter(): { getInstance(): unknown };
}

interface FastifyInstance {
  ready(): PromiseLike<unknown>;
  routing(request: IncomingMessage, response: ServerResponse): void;
}

function isFastify(instance: unknown): instance is FastifyInstance {
  const { ready, routing } = (instance ?? {}) as Partial<FastifyInstance>;
  return typeof ready === "function" && typeof routing === "function";
}

const NEST: Framework<NestApp> = {
  expected: "a NestJS app, a promise of one, or a function that makes one",
  isApp: (value): value is NestApp => {
    const { init, getHttpAdapter } = (value ?? {}) as Partial<NestApp>;
    return typeof init === "function" && typeof getHttpAdapter === "function";
  },
  toListener: async (app) => {
    // Does nothing when the app has done it itself.
    await app.init();
    const instance = app.getHttpAdapter().getInstance();
    if (!isFastify(instance)) return instance as Listener;
    await instance.ready();
    return (request, response) => instance.routing(request, response);
  },
};

/**
 * Makes a function handler of a NestJS app on Express or Fastify. It is initialised now, once, and never listens.
 *
 * @param app the app, a promise of it, or a function that makes it
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows; it answers 500 with TIDEGATE_APP_LOAD_FAILED when a
 * module cannot be made, a promise rejects or a function throws, which runs again with the next call
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * export const handler = toHandler(() => NestFactory.create(AppModule, { abortOnError: false }));
 */
export function toHandler(app: AppSource<NestApp>, options: Omit<HandlerOptions, "fetch"> = {}): Handler {
  return toHttpHandler(createListener(app, NEST), options);
}
