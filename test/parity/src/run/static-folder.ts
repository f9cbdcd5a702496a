import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const MODIFIED = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));

const FILES: Record<string, string | Buffer> = {
  "hello.txt": "0123456789abcdefghijklmnopqrstuvwxyz",
  "grüße.txt": "Grüße aus Köln\n",
  "a b+c.txt": "space and plus\n",
  "sub/index.html": "<!doctype html><title>sub</title>\n",
  "index.html": "<!doctype html><title>index</title>\n",
  "pixel.png": Buffer.from("89504e470d0a1a0a00ff80fe", "hex"),
  "large.bin": Buffer.alloc(1024 * 1024, Buffer.from([0, 255, 128, 10, 13])),
  ".hidden": "hidden\n",
};

/** Makes the folder of static files; its name is in no answer. */
export function createStaticFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "parity-"));
  for (const [name, content] of Object.entries(FILES)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, MODIFIED, MODIFIED);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
