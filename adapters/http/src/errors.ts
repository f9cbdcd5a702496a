import type { ErrorTable } from "@tidegate/core";

/** Codes of the adapters. */
export type AdapterErrorCode =
  | "TIDEGATE_APP_INVALID"
  | "TIDEGATE_OPTIONS_INVALID"
  | "TIDEGATE_APP_LOAD_FAILED"
  | "TIDEGATE_APP_FAILED"
  | "TIDEGATE_INVOCATION_TIMEOUT"
  | "TIDEGATE_EVENT_FAILED"
  | "TIDEGATE_EVENT_FUNCTION_INVALID"
  | "TIDEGATE_RESPONSE_ABORTED"
  | "TIDEGATE_RESPONSE_STATUS"
  | "TIDEGATE_REQUEST_ABORTED"
  | "TIDEGATE_SOCKET_WRITE"
  | "TIDEGATE_PRELUDE_TOO_LARGE"
  | "TIDEGATE_SERVER_LISTEN_FAILED";

/** Errors of the adapters, by code. */
export const adapterErrors: ErrorTable<AdapterErrorCode> = {
  TIDEGATE_APP_INVALID: {
    status: 500,
    title: "What was given to toHandler is not an app",
    fix: "Pass the app itself, or a promise of it, to the toHandler of the package named after the framework",
  },
  TIDEGATE_OPTIONS_INVALID: {
    status: 500,
    title: "An option of toHandler is unknown or has an unusable value",
    fix: "Mend the option named in the message; the README of @tidegate/http lists all of them",
  },
  TIDEGATE_APP_LOAD_FAILED: {
    status: 500,
    title: "The app could not be loaded",
    fix: "Read the cause in the function's log; a factory given to toHandler runs again with the next call, a promise cannot",
  },
  TIDEGATE_APP_FAILED: {
    status: 500,
    title: "The app threw before it answered",
    fix: "Read the cause in the function's log; handle the error in the app's own error handler to choose the answer",
  },
  TIDEGATE_INVOCATION_TIMEOUT: {
    status: 504,
    title: "The app did not answer before the function's timeout",
    fix: "Make the route named in the message faster, let it stop on `req.signal`, or raise the function's timeout",
  },
  TIDEGATE_EVENT_FAILED: {
    status: 500,
    title: "The app or its function did not take an event that is no HTTP request",
    fix: "Read the status or the cause in the message; the platform tries again, and an app needs a route for `POST /events/<kind>`",
  },
  TIDEGATE_EVENT_FUNCTION_INVALID: {
    status: 500,
    title: "onEvent was given what it cannot register",
    fix: "Give a function and a name that is a kind, a type, or the beginning of types with a `*`; take the earlier function of the same name back before registering another",
  },
  TIDEGATE_RESPONSE_ABORTED: {
    status: 502,
    title: "The app closed the connection before its response was complete",
    fix: "Look for a destroyed request, response or socket in the app",
  },
  TIDEGATE_RESPONSE_STATUS: {
    status: 502,
    title: "The app answered with a status that a web response cannot have",
    fix: "Use a status from 200 to 599 on platforms that take a web Response",
  },
  TIDEGATE_REQUEST_ABORTED: {
    status: 499,
    title: "The caller gave up before the response was complete",
    fix: "Nothing: the signal of the request was aborted",
  },
  TIDEGATE_SOCKET_WRITE: {
    status: 502,
    title: "The app wrote to the connection instead of the response",
    fix: "Raw connections (upgrades, CONNECT) do not exist behind a function event; run the app behind `tidegate serve`",
  },
  TIDEGATE_PRELUDE_TOO_LARGE: {
    status: 502,
    title: "Status and headers of a streamed response are larger than API Gateway takes",
    fix: "Send fewer or shorter headers; a function URL has no such limit",
  },
  TIDEGATE_SERVER_LISTEN_FAILED: {
    status: 500,
    title: "The server of a custom runtime cannot listen",
    fix: "See the message: the port must be a number from 0 to 65535 that nothing else uses, the address one of this machine",
  },
};
