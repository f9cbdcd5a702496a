export { type AdapterErrorCode, adapterErrors } from "./errors.ts";
export { type Handler, type HandlerOptions, LISTENER, toHandler } from "./handler.ts";
export { getInvocation, type Invocation } from "./invocation.ts";
export type { App, Listener } from "./listener.ts";
