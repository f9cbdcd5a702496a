/** What one stable error code means; every package keeps a table of these beside its own code. */
export interface ErrorEntry {
  /** HTTP status answered when the error ends a request. */
  readonly status: number;
  /** One line naming what went wrong, without the particulars of one case. */
  readonly title: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A package's error codes. A code never changes its meaning once released. */
export type ErrorTable<Code extends string> = Readonly<Record<Code, ErrorEntry>>;

/** Codes of `@tidegate/core` that concern events. */
export type EventErrorCode =
  | "TIDEGATE_EVENT_UNKNOWN"
  | "TIDEGATE_EVENT_MALFORMED"
  | "TIDEGATE_REQUEST_TOO_LARGE"
  | "TIDEGATE_RESPONSE_TOO_LARGE";

/** Errors of the event mapping, by code. */
export const eventErrors: ErrorTable<EventErrorCode> = {
  TIDEGATE_EVENT_UNKNOWN: {
    status: 400,
    title: "The event is of no form that is known",
    fix: 'Check what calls the function; for payloads of a form of your own set `events: { invoke: true }` or register `onEvent("invoke", ...)`',
  },
  TIDEGATE_EVENT_MALFORMED: {
    status: 400,
    title: "A member of the event has another type than its platform documents, or holds what HTTP cannot carry",
    fix: "Compare the event with the platform's documents; hand-written test events often miss members",
  },
  TIDEGATE_REQUEST_TOO_LARGE: {
    status: 413,
    title: "The request's body is larger than its platform carries",
    fix: "Send large bodies to object storage, and its key to the function",
  },
  TIDEGATE_RESPONSE_TOO_LARGE: {
    status: 502,
    title: "The response is larger than its platform carries",
    fix: "Send less: compressed, in pages, by a redirect to object storage, or streamed where the platform can",
  },
};

/**
 * An error with a stable code, thrown by every Tidegate package.
 *
 * The message says what could not be done, then a colon and the present state.
 *
 * @example
 * throw new TidegateError("TIDEGATE_EVENT_UNKNOWN", 'Cannot map event: no known source has members "Records"');
 */
export class TidegateError extends Error {
  override readonly name: string = "TidegateError";
  /** Key of the throwing package's error table. */
  readonly code: string;

  /**
   * @param code key of an error table, `TIDEGATE_...`
   * @param message what could not be done, a colon, the present state
   * @param options `cause`: the error behind this one
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
