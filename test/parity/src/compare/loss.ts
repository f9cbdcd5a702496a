import type { Answer, ClientRequest } from "../client/answer.ts";
import type { HeaderLine } from "../platform/received-request.ts";
import type { ShapeName } from "../platform/shape.ts";

/** A request with all headers the client sends. */
export type FullRequest = ClientRequest & { readonly headers: readonly HeaderLine[] };

interface LossText {
  /** Unique name. */
  readonly name: string;
  /** The shapes it concerns. */
  readonly shapes: readonly ShapeName[];
  /** What an app or a client notices; a sentence. */
  readonly what: string;
  /** Why it must be so: the reason in the platform's format; a sentence. */
  readonly why: string;
}

/**
 * Something of a request that a platform's format cannot carry. What an app then sees is exactly what it would see on
 * plain Node of the changed request: that is how it is checked.
 */
export interface RequestLoss extends LossText {
  readonly side: "request";
  change(request: FullRequest, shape: ShapeName): FullRequest;
}

/** Something of an answer that a platform's format cannot carry. */
export interface AnswerLoss extends LossText {
  readonly side: "answer";
  change(answer: Answer, shape: ShapeName, request: ClientRequest): Answer;
}

/** A known loss of a platform's format. */
export type Loss = RequestLoss | AnswerLoss;
