import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Served, serveApp } from "../served-app.ts";

/** Undone after each test, the last one first. */
export const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export async function serve(...args: Parameters<typeof serveApp>): Promise<Served> {
  const served = await serveApp(...args);
  cleanups.push(() => served.stop());
  return served;
}

export async function scratch(files: Record<string, string> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-test-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

export async function serveProgram(text: string, options: Parameters<typeof serveApp>[1] = {}): Promise<Served> {
  const dir = await scratch({ "app.mjs": text });
  return serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir, ...options });
}

export const isAlive = (pid: number | null): boolean => {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
};

export async function errorOf(
  response: Response,
): Promise<{ status: number; retryAfter: string | null; code: string }> {
  const { error } = (await response.json()) as { error: { code: string } };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), code: error.code };
}
