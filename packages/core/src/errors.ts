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
export type EventErrorCode = "TIDEGATE_EVENT_UNKNOWN" | "TIDEGATE_EVENT_MALFORMED";

/** Errors of the event mapping, by code. */
export const eventErrors: ErrorTable<EventErrorCode> = {
  TIDEGATE_EVENT_UNKNOWN: {
    status: 400,
    title: "The event is not an HTTP request of a known platform",
    fix: "Check that the trigger is an HTTP trigger, and that no other kind of event reaches this handler",
  },
  TIDEGATE_EVENT_MALFORMED: {
    status: 400,
    title: "A member of the event has another type than its platform documents",
    fix: "Compare the event with the platform's documents; hand-written test events often miss members",
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
