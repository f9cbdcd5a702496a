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
export type { NextApp } from "./next-app.ts";
export { toHandler } from "./to-handler.ts";
