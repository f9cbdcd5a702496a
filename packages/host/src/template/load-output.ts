import type { InstanceOutput, OutputStream } from "../launcher/instance-output.ts";

/** So much of what a template writes is kept, in bytes: the newest. */
const keptBytes = 1024 * 1024;

/** Pieces up to this many bytes are joined: an app may write one character at a time. */
const joinedBytes = 4096;

export interface ProcessIds {
  readonly template: number | null;
  readonly instance: number | null;
}

/**
 * What an app wrote while its template loaded it. Each instance that is forked has loaded the app so far, so its output
 * begins with this.
 */
export class LoadOutput {
  readonly #chunks: { readonly stream: OutputStream; readonly chunk: Buffer }[] = [];
  #bytes = 0;
  #droppedBytes = 0;

  add(stream: OutputStream, chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    if (last?.stream === stream && last.chunk.length < joinedBytes) {
      this.#chunks[this.#chunks.length - 1] = { stream, chunk: Buffer.concat([last.chunk, chunk]) };
    } else this.#chunks.push({ stream, chunk });
    this.#bytes += chunk.length;
    while (this.#bytes > keptBytes) this.#drop();
  }

  /**
   * Gives it to an instance, as if that had written it. Node's own warnings name the process: the template there, and the
   * instance here.
   */
  replay(output: InstanceOutput, ids: ProcessIds | null = null): void {
    if (this.#droppedBytes > 0) {
      output.read("stderr", Buffer.from(`[tidegate] the first ${this.#droppedBytes} bytes it wrote are left out\n`));
    }
    for (const { stream, chunk } of this.#chunks) output.read(stream, named(chunk, ids));
  }

  #drop(): void {
    const first = this.#chunks.shift();
    if (first === undefined) return;
    this.#bytes -= first.chunk.length;
    this.#droppedBytes += first.chunk.length;
  }
}

function named(chunk: Buffer, ids: ProcessIds | null): Buffer {
  if (ids === null || ids.template === null || ids.instance === null) return chunk;
  const words = `(node:${ids.template}) `;
  if (!chunk.includes(words)) return chunk;
  // No byte is lost: what is written may be anything.
  return Buffer.from(chunk.toString("latin1").replaceAll(words, `(node:${ids.instance}) `), "latin1");
}
