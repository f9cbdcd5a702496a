import type { LaunchOptions } from "./launcher.ts";
import { createLineReader, type ReadLines } from "./line-reader.ts";

export type OutputStream = "stdout" | "stderr";

/** How many of an instance's last lines are kept to explain why it died. */
const lastWordCount = 20;

/** Makes lines of what an instance writes: each is told, and the last ones are kept. */
export class InstanceOutput {
  readonly #readers: Readonly<Record<OutputStream, ReadLines>>;
  readonly #words: string[] = [];

  constructor(onLine: LaunchOptions["onOutput"]) {
    const reader = (stream: OutputStream): ReadLines =>
      createLineReader((line) => {
        this.#words.push(line);
        if (this.#words.length > lastWordCount) this.#words.shift();
        onLine(stream, line);
      });
    this.#readers = { stdout: reader("stdout"), stderr: reader("stderr") };
  }

  /** Takes the next bytes of a stream. */
  read(stream: OutputStream, chunk: Buffer): void {
    this.#readers[stream](chunk);
  }

  /** Tells what it wrote last without ending the line. Called when all was read. */
  end(): void {
    for (const read of Object.values(this.#readers)) read(null);
  }

  /** The last lines, newest last. */
  lastWords(): readonly string[] {
    return this.#words;
  }
}
