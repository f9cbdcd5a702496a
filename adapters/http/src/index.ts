export { AppLoader } from "./bootstrap/app-loader.ts";
export {
  type AppModule,
  type AppSource,
  createListener,
  type Framework,
  findApp,
  LOAD,
  type Loading,
} from "./bootstrap/framework.ts";
export { Hold } from "./bootstrap/hold.ts";
export { findKnownApp, invalidApp } from "./bootstrap/known-app.ts";
export { describeLoadFailure, toLoadError } from "./bootstrap/load-failure.ts";
export { type AdapterErrorCode, adapterErrors } from "./errors.ts";
export { onFork } from "./fork.ts";
export { type EventAnswer, type Handler, LISTENER, toHandler } from "./handler.ts";
export type { HandlerOptions } from "./handler-options.ts";
export { getInvocation, type Invocation, waitUntil } from "./invocation.ts";
export { type App, type Listener, type ListenerSource, toListener } from "./listener.ts";
export { FetchContext } from "./platform/fetch-context.ts";
export type { FetchFunction } from "./platform/fetch-event.ts";
export { createWebRequest, loadWebRequest, type SignalOwner, type WebRequestInput } from "./platform/web-request.ts";
export { type EventFunction, onEvent } from "./trigger/on-event.ts";
export { getTrigger, type TriggerEvent } from "./trigger/trigger-event.ts";
export type { TriggerOptions, TriggerSettings } from "./trigger/trigger-options.ts";
