import { writeSync, write as writeWithCallback } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type InvocationRecord, recordHead, recordLine, TidegateError } from "@tidegate/core";

const write = promisify(writeWithCallback);

/** What is recorded reaches the file at least this often, in milliseconds: so much a killed host may lose. */
const flushMs = 500;

/** So many characters are written at once. */
const pieceLength = 65_536;

/** Most characters that wait for a disk that does not keep up; what exceeds it is not recorded. */
const mostWaiting = 4 * 1024 * 1024;

/** When all ends, a write that is under way gets so long, in milliseconds: a disk that hangs must not keep the host. */
const closeMs = 1_000;

/** Told what goes wrong, with the code TIDEGATE_RECORD_FAILED. */
export type RecordTrouble = (message: string) => void;

/**
 * Opens a recording, and goes on with one that is there.
 *
 * @param path absolute; messages show `name`
 * @throws TIDEGATE_RECORD_FAILED when it cannot be opened
 */
export async function openRecorder(path: string, name: string, onTrouble: RecordTrouble): Promise<Recorder> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, "a+");
    await file.appendFile((await endsInLine(file)) ? recordHead : `\n${recordHead}`);
    return new Recorder(file, name, onTrouble);
  } catch (cause) {
    await file?.close().catch(() => {});
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError("TIDEGATE_RECORD_FAILED", `Cannot record to ${JSON.stringify(name)}: ${why}`, { cause });
  }
}

/** Whether a file is empty or ends where a line does: a host that was killed may have left part of one. */
async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === "\n";
}

/**
 * Appends a line for each invocation to a file. `add` puts it to others in memory; they are written together, one write at a
 * time, while requests go on. When writing fails, such as on a full disk, that is told once and recording is over.
 */
export class Recorder {
  readonly #file: FileHandle;
  readonly #name: string;
  readonly #onTrouble: RecordTrouble;
  #waiting = "";
  #lost = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  /** Takes nothing more; what waits is written by `close`. */
  #isClosing = false;
  #isOver = false;

  constructor(file: FileHandle, name: string, onTrouble: RecordTrouble) {
    this.#file = file;
    this.#name = name;
    this.#onTrouble = onTrouble;
  }

  add(record: InvocationRecord): void {
    if (this.#isOver || this.#isClosing) return;
    const line = recordLine(record);
    if (line === null) return;
    if (this.#waiting.length + line.length > mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting += line;
    if (this.#waiting.length >= pieceLength) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  /** Writes what is left and closes the file. Idempotent. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isClosing = true;
    await Promise.race([this.#writing, pause(closeMs, undefined, { ref: false })]);
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      // At the end nothing is there that could be held up.
      for (let rest = Buffer.from(this.#waiting); rest.length > 0; ) {
        rest = rest.subarray(writeSync(this.#file.fd, rest));
      }
    } catch (error) {
      this.#tell(error);
    }
    this.#tellLost();
    await this.#file.close().catch(() => {});
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null || this.#waiting === "") return;
    const text = this.#waiting;
    this.#waiting = "";
    this.#writing = this.#write(Buffer.from(text)).finally(() => {
      this.#writing = null;
      this.#tellLost();
      if (!this.#isOver && !this.#isClosing) this.#flush();
    });
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0; ) {
        const { bytesWritten } = await write(this.#file.fd, rest);
        rest = rest.subarray(bytesWritten);
      }
    } catch (error) {
      this.#isOver = true;
      this.#waiting = "";
      this.#tell(error);
      await this.#file.close().catch(() => {});
    }
  }

  #tell(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#onTrouble(`Cannot record to ${JSON.stringify(this.#name)} any more: ${why}`);
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#onTrouble(
      `Cannot record ${this.#lost} invocations to ${JSON.stringify(this.#name)}: writing was slower than they came`,
    );
    this.#lost = 0;
  }
}
