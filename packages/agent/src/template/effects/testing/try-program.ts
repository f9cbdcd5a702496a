import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ReachedEffect } from "../reached-effect.ts";

export interface TriedProgram {
  /** Its first effect; null when it came to its end without any. */
  readonly reached: (ReachedEffect & { readonly notes: readonly string[] }) | null;
  readonly output: string;
  readonly errors: string;
  /** Folder of its files, gone by now. */
  readonly folder: string;
}

const recorder = join(import.meta.dirname, "record-effects.ts");

/**
 * Runs a program in a process of its own that ends at its first effect.
 *
 * @param files its files by name, in folders of their own; the first is its entry
 * @param isWatched false to let the program look for effects itself
 */
export async function tryProgram(files: Readonly<Record<string, string>>, isWatched = true): Promise<TriedProgram> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-effect-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const entry = join(folder, Object.keys(files)[0] ?? "");
    const run = promisify(execFile)(process.execPath, [...(isWatched ? ["--import", recorder] : []), entry], {
      cwd: folder,
    });
    const { stdout, stderr } = await run;
    const line = stdout.split("\n").find((text) => text.startsWith('{"effect":'));
    const reached = line === undefined ? null : (JSON.parse(line) as TriedProgram["reached"]);
    return { reached, output: stdout, errors: stderr, folder };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
