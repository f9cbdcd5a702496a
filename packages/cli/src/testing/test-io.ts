import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { HeededSignal, Io } from "../io.ts";

/** What a command wrote, and a way to wait for it. */
interface Recording {
  /** All of it so far. */
  readonly text: () => string;
  /** Resolves with the match once something matching was written; rejects after `timeoutMs`, 10 s by default. */
  until(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
}

/** An `Io` of a test's own. */
export interface TestIo extends Io {
  readonly out: Recording;
  readonly err: Recording;
  /** Sends the running command a signal. */
  signal(signal: HeededSignal): void;
}

export interface TestIoOptions {
  readonly cwd: string;
  readonly isTTY?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Makes an `Io` that records, without colours; admin sockets go to a folder in `cwd`. */
export function createTestIo({ cwd, isTTY = false, env = {} }: TestIoOptions): TestIo {
  const stdout = createRecorder();
  const stderr = createRecorder();
  const listeners = new Set<(signal: HeededSignal) => void>();
  return {
    cwd,
    env: { PATH: process.env.PATH, NO_COLOR: "1", XDG_RUNTIME_DIR: cwd, ...env },
    stdout: { write: stdout.write, isTTY, columns: 200 },
    stderr: { write: stderr.write },
    out: stdout,
    err: stderr,
    restart: null,
    takeover: () => null,
    onFault: () => () => {},
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signal: (signal) => {
      for (const listener of listeners) listener(signal);
    },
  };
}

/** Makes a folder with files, given as path and content; returns its path and what removes it. */
export async function createFolder(files: Readonly<Record<string, string>>): Promise<[string, () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), "tg-cli-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return [folder, () => rm(folder, { recursive: true, force: true })];
}

function createRecorder(): Recording & { write(text: string): void } {
  let recorded = "";
  const waiting = new Set<() => void>();
  return {
    write: (text) => {
      recorded += text;
      for (const check of waiting) check();
    },
    text: () => recorded,
    until: (pattern, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`Nothing matched ${pattern} within ${timeoutMs} ms in:\n${recorded}`));
        }, timeoutMs);
        const check = (): void => {
          const match = recorded.match(pattern);
          if (match === null) return;
          end();
          resolve(match);
        };
        waiting.add(check);
        check();
      }),
  };
}
