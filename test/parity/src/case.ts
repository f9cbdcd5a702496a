import type { Listener } from "@tidegate/http";
import type { Answer, ClientRequest } from "./client/answer.ts";

/** What a case's app gets to make itself comparable. */
export interface CaseKit {
  /** Notes a line, such as a log line or an event's name; the lines of all runs are compared in order. */
  record(line: string): void;
  /** Runs when the server is closed. */
  defer(release: () => unknown): void;
  /** Folder of static files with fixed contents and dates. */
  readonly folder: string;
}

/** One request of a case; a function makes it from the answers before. */
export type Step = ClientRequest | ((answers: readonly Answer[]) => ClientRequest);

/** An app and what its client sends, one after the other. */
export interface Case {
  /** Unique name. */
  readonly name: string;
  /** Makes the app afresh for each run. */
  readonly app: (kit: CaseKit) => Listener | Promise<Listener>;
  readonly steps: readonly Step[];
}

/** Cases about one subject. */
export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly Case[];
}
