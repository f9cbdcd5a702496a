export { getInvocation, type Handler, type HandlerOptions, type Invocation, waitUntil } from "@tidegate/http";
export type { NextApp } from "./next-app.ts";
export { toHandler } from "./to-handler.ts";
