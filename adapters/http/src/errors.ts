import type { ErrorTable } from "@tidegate/core";

/** Codes of the adapters. */
export type AdapterErrorCode =
  | "TIDEGATE_APP_INVALID"
  | "TIDEGATE_APP_LOAD_FAILED"
  | "TIDEGATE_APP_FAILED"
  | "TIDEGATE_INVOCATION_TIMEOUT"
  | "TIDEGATE_RESPONSE_ABORTED"
  | "TIDEGATE_REQUEST_ABORTED"
  | "TIDEGATE_SOCKET_WRITE";

/** Errors of the adapters, by code. */
export const adapterErrors: ErrorTable<AdapterErrorCode> = {
  TIDEGATE_APP_INVALID: {
    status: 500,
    title: "What was given to toHandler is not an app",
    fix: "Pass the app itself, or a promise of it, to the toHandler of the package named after the framework",
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
  TIDEGATE_RESPONSE_ABORTED: {
    status: 502,
    title: "The app closed the connection before its response was complete",
    fix: "Look for a destroyed response or socket in the app, or a body shorter than its content-length",
  },
  TIDEGATE_REQUEST_ABORTED: {
    status: 499,
    title: "The caller gave up before the response began",
    fix: "Nothing: the signal of the request was aborted",
  },
  TIDEGATE_SOCKET_WRITE: {
    status: 502,
    title: "The app wrote to the connection instead of the response",
    fix: "Raw connections (upgrades, CONNECT) do not exist behind a function event; run the app behind `tidegate serve`",
  },
};
