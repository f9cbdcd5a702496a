import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What an app wrote down of a request. */
export type JournalWord =
  /** b: it began. */
  | "b"
  /** u: it had read the whole body. */
  | "u"
  /** h: it is about to write the head of its response. */
  | "h"
  /** f: it has written all of its response. */
  | "f"
  /** a: the connection closed before it could. */
  | "a"
  /** k: it kills itself. */
  | "k"
  /** e: something went wrong. */
  | "e";

export interface JournalEntry {
  readonly pid: number;
  /** Wall-clock time, in milliseconds. */
  readonly at: number;
  readonly word: JournalWord;
  readonly detail: string;
}

/** All that the apps wrote down, by request. */
export type Journal = ReadonlyMap<string, readonly JournalEntry[]>;

/** Reads the journals of all processes in a folder, files `<pid>.log`; the last line of a killed one may be cut. */
export function readJournal(dir: string): Journal {
  const journal = new Map<string, JournalEntry[]>();
  for (const name of readdirSync(dir)) {
    const pid = Number.parseInt(name, 10);
    const lines = readFileSync(join(dir, name), "utf8").split("\n");
    for (const line of lines.slice(0, -1)) {
      const [at = "", word = "", id = "", detail = ""] = line.split(" ");
      const entry = { pid, at: Number(at), word: word as JournalWord, detail };
      const known = journal.get(id);
      if (known === undefined) journal.set(id, [entry]);
      else known.push(entry);
    }
  }
  for (const entries of journal.values()) entries.sort((a, b) => a.at - b.at);
  return journal;
}
