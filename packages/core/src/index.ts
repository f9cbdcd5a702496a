export {
  type ErrorEntry,
  type ErrorTable,
  type EventErrorCode,
  eventErrors,
  TidegateError,
} from "./errors.ts";
export { detectSource, eventSources } from "./event/detect.ts";
export { isConnectionHeader } from "./event/headers.ts";
export type { HttpRequestMessage, HttpResponseMessage, MessageBody, RawHeaders } from "./event/message.ts";
export type { EventObject, EventSource, SourceName } from "./event/source.ts";
export { type ContentClass, classifyContent } from "./event/text-content.ts";
