import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { QueuePlace } from "./wait-queue.ts";

/** Why a request is not served, and when to ask again. */
export interface Refusal {
  readonly code: HostErrorCode;
  readonly message: string;
  /** For `Retry-After`, at least 1; absent where asking again does not help. */
  readonly retryAfterSeconds?: number;
}

/** How a request left its slot: answered in full; lost, and sent again; failed for good, by its instance; or not wanted any more. */
export type SlotOutcome = "answered" | "lost" | "failed" | "cancelled";

/** What limits of a function look at. */
export interface AdmissibleRequest {
  /** Who asks, for limits of one client. */
  readonly clientAddress: string;
  /** Size of its head in bytes. */
  readonly headBytes: number;
  /** From now on its body may have so many bytes. Returns whether it is known to have more. */
  limitBody(maxBytes: number): boolean;
  /** Value of the client's cookie; null without. */
  cookie(name: string): string | null;
}

/** A request that asks for a slot. It is granted or refused once, unless it is cancelled. */
export interface Waiter {
  /** One slot of the instance is the waiter's, until it is released. */
  granted(instance: Instance): void;
  refused(refusal: Refusal): void;
  /** It stands in the queue. */
  queued(): void;
  readonly request: AdmissibleRequest;
  /** Whether its response has no end of its own: how long it lasts says nothing about others. */
  readonly isEndless: boolean;
  /** Whether it has been in an instance, and lost it. */
  readonly isReplay: boolean;
  /** Instance that has failed it; another one is to serve it. */
  readonly avoided: Instance | null;
  /** Whether none but another one will do. */
  readonly avoidsStrictly: boolean;
  /** When it got its slot, on the clock of `performance.now()`; the activator's note. */
  dispatchedAt: number;
  /** Where it stands in the queue; the queue's note. */
  place: QueuePlace | null;
}

/** What becomes of a request that asks for a slot. */
export type Admission = Instance | "queued" | Refusal;
