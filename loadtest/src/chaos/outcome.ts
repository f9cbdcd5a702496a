/** What a client saw of its request. Times are wall-clock milliseconds, to be compared with journals of other processes. */
export interface Outcome {
  readonly end: /** A response came whole. */
    | "answered"
    /** The connection ended before the response was whole. */
    | "broken"
    /** No connection could be made. */
    | "unconnected"
    /** The client went away on purpose. */
    | "aborted"
    /** Nothing came for so long that the client gave up. */
    | "hung";
  readonly sentAt: number;
  readonly endedAt: number;
  /** Requests the connection had carried before. */
  readonly earlier: number;
  /** 0 when no head came. */
  readonly status: number;
  /** Code of an error of the gateway; null when the response was the app's. */
  readonly code: string | null;
  /** Id the response says it is for, null when it does not say. */
  readonly id: string | null;
  /** Process that answered. */
  readonly pid: number | null;
  /** `bytes:crc32` of the body the app received, as it says. */
  readonly received: string | null;
  /** Bytes of the response's body. */
  readonly bytes: number;
  /** Offset of the first byte that is not of this request's pattern; -1 when all are. */
  readonly wrongAt: number;
  readonly retryAfter: string | null;
  /** Status of the Close frame that ended a WebSocket; null without one. */
  readonly closeStatus: number | null;
  /** Why the connection broke. */
  readonly cause: string | null;
}
