import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Surprises } from "./find-surprises.ts";

const start = `
  import dgram from "node:dgram";
  import fs from "node:fs";
  import net from "node:net";
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  import { pbkdf2 } from "node:crypto";
  import { takeBaseline } from ${JSON.stringify(join(import.meta.dirname, "baseline.ts"))};
  import { findSurprises } from ${JSON.stringify(join(import.meta.dirname, "find-surprises.ts"))};
  const baseline = takeBaseline();
`;

const tables: readonly { readonly name: string; readonly code: string; readonly words: RegExp | null }[] = [
  { name: "nothing", code: "", words: null },
  {
    name: "a pool that worked",
    code: `await new Promise((done) => pbkdf2("a", "b", 1, 8, "sha1", done));`,
    words: null,
  },
  { name: "a handled signal", code: `process.on("SIGTERM", () => {});`, words: null },
  { name: "/dev/null", code: `fs.openSync("/dev/null", "w");`, words: null },
  { name: "a file for writing", code: `fs.openSync("a", "a");`, words: /^a file is open for writing: "\/.*\/a"$/ },
  { name: "a file for both", code: `fs.openSync("a", "w+");`, words: /^a file is open for writing/ },
  {
    name: "a server",
    code: `const server = net.createServer().listen(0, "127.0.0.1"); await once(server, "listening"); server.unref();`,
    words:
      /^a TCP socket that listens on 127\.0\.0\.1:\d+ is open \(active in Node: TCPServerWrap\)$|^a TCP socket that listens on 127\.0\.0\.1:\d+ is open$/,
  },
  {
    name: "a connection",
    code: `
      const server = net.createServer().listen(0, "::1"); await once(server, "listening");
      const { port } = server.address(); const client = net.connect(port, "::1"); await once(client, "connect");
      server.close(); client.unref();`,
    words: /a TCP connection to \[::1\]:\d+ is open/,
  },
  {
    name: "a Unix socket",
    code: `const server = net.createServer().listen(process.cwd() + "/s"); await once(server, "listening"); server.unref();`,
    words: /^a Unix socket, \/.*\/s, is open/,
  },
  {
    name: "a datagram socket",
    code: `const socket = dgram.createSocket("udp4").bind(0); await once(socket, "listening"); socket.unref();`,
    words: /^a UDP socket on 0\.0\.0\.0:\d+ is open/,
  },
  { name: "no standard input", code: `fs.closeSync(0);`, words: /^standard input is closed/ },
  { name: "no standard error", code: `fs.closeSync(2);`, words: /^standard error is closed/ },
  { name: "a watcher", code: `fs.watch(".").unref();`, words: /a file watcher is open/ },
  {
    name: "a thread",
    code: `const worker = new Worker("setTimeout(() => {}, 1e6)", { eval: true }); await once(worker, "online"); worker.unref();`,
    words: /a thread runs: ".+"/,
  },
];

test.each(tables)("$name", async ({ code, words }) => {
  const found = await surprisesOf(code);
  if (words === null) expect(found).toEqual({ unfit: null, reopen: [] });
  else expect(found.unfit).toMatch(words);
});

test("read-only files and folders are to be opened again, also a deleted one", async () => {
  const { unfit, reopen } = await surprisesOf(`
    fs.writeFileSync("a", "");
    const open = [fs.openSync("a"), fs.openSync("."), fs.openSync("/proc/self/cmdline")];
    fs.unlinkSync("a");
    if (open.some((descriptor) => !findSurprises(baseline).reopen.includes(descriptor))) throw new Error();
  `);
  expect(unfit).toBeNull();
  expect(reopen).toHaveLength(3);
});

async function surprisesOf(code: string): Promise<Surprises> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-surprise-"));
  try {
    const end = `fs.writeSync(1, JSON.stringify(findSurprises(baseline))); process.exit();`;
    writeFileSync(join(folder, "main.mts"), `${start}${code}\n${end}`);
    const { stdout } = await promisify(execFile)(process.execPath, ["main.mts"], { cwd: folder });
    return JSON.parse(stdout) as Surprises;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
