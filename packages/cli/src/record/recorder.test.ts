import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type InvocationRecord, recordHead, TraceReader } from "@tidegate/core";
import { afterEach, describe, expect, it } from "vitest";
import { run } from "../run.ts";
import { createFolder, createTestIo } from "../testing/test-io.ts";
import { openRecorder, Recorder } from "./recorder.ts";

const record: InvocationRecord = {
  requestId: "1",
  function: "shop",
  revision: "r1",
  instance: "shop-r1-1",
  method: "GET",
  target: "/",
  protocol: "http/1.1",
  traceId: null,
  startedAt: 1_763_748_000_000,
  status: 200,
  durationMs: 12,
  queueMs: 0,
  startMs: 2,
  coldStart: true,
  replays: 0,
  requestBytes: 0,
  responseBytes: 0,
  error: null,
};
const line = "1763748000000,shop,10,0,2,1,200\n";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function folderWith(files: Record<string, string> = {}): Promise<string> {
  const [folder, remove] = await createFolder(files);
  cleanups.push(remove);
  return folder;
}

function unexpected(message: string): never {
  throw new Error(message);
}

describe("a recording", () => {
  it("has its first line at once, and a line for each invocation within a second", async () => {
    const path = join(await folderWith(), "trace.csv");
    const recorder = await openRecorder(path, "trace.csv", unexpected);
    expect(await readFile(path, "utf8")).toBe(recordHead);
    recorder.add(record);
    recorder.add({ ...record, function: "" });
    const until = performance.now() + 5_000;
    while ((await readFile(path, "utf8")) === recordHead && performance.now() < until);
    expect(await readFile(path, "utf8")).toBe(recordHead + line);
    await recorder.close();
    await recorder.close();
    recorder.add(record);
    expect(await readFile(path, "utf8")).toBe(recordHead + line);
  });

  it("goes on with what is there, also where a host was killed in the middle of a line", async () => {
    const folder = await folderWith({ "trace.csv": `${recordHead}${line}17637` });
    const recorder = await openRecorder(join(folder, "trace.csv"), "trace.csv", unexpected);
    recorder.add(record);
    await recorder.close();
    const text = await readFile(join(folder, "trace.csv"), "utf8");
    expect(text).toBe(`${recordHead}${line}17637\n${recordHead}${line}`);
    const reader = new TraceReader("trace.csv");
    reader.push(text);
    expect(reader.end().invocations).toBe(2);
  });

  it("has all of many, whatever the disk's pace", async () => {
    const path = join(await folderWith(), "trace.csv");
    const recorder = await openRecorder(path, "trace.csv", unexpected);
    for (let count = 0; count < 50_000; count += 1) recorder.add(record);
    await recorder.close();
    expect((await readFile(path, "utf8")).length).toBe(recordHead.length + 50_000 * line.length);
  });

  it("tells what it had no memory left for", async () => {
    const path = join(await folderWith(), "trace.csv");
    const troubles: string[] = [];
    const recorder = await openRecorder(path, "trace.csv", (message) => troubles.push(message));
    // Nothing is written while this loop keeps the event loop.
    for (let count = 0; count < 300_000; count += 1) recorder.add(record);
    await recorder.close();
    const lines = (await readFile(path, "utf8")).split("\n").length - 2;
    expect(lines).toBeGreaterThan(100_000);
    expect(troubles).toEqual([
      `Cannot record ${300_000 - lines} invocations to "trace.csv": writing was slower than they came`,
    ]);
  });

  it.runIf(process.platform === "linux")("ends with one word on a full disk", async () => {
    const troubles: string[] = [];
    const recorder = new Recorder(await open("/dev/full", "w"), "trace.csv", (message) => troubles.push(message));
    for (let count = 0; count < 10_000; count += 1) recorder.add(record);
    await recorder.close();
    recorder.add(record);
    await recorder.close();
    expect(troubles).toEqual([expect.stringMatching(/^Cannot record to "trace.csv" any more: ENOSPC/)]);
  });

  it("cannot be opened where that is impossible", async () => {
    const folder = await folderWith();
    await expect(openRecorder(join(folder, "no", "trace.csv"), "no/trace.csv", unexpected)).rejects.toMatchObject({
      code: "TIDEGATE_RECORD_FAILED",
      message: expect.stringMatching(/^Cannot record to "no\/trace.csv": ENOENT/),
    });
  });
});

describe("tidegate serve --record", () => {
  const app = `require("node:http").createServer((req, res) => res.end("ok")).listen(process.env.PORT);`;

  it("records what it served, complete once it has stopped", async () => {
    const folder = await folderWith({ "server.js": app });
    const io = createTestIo({ cwd: folder });
    const args = ["serve", "server.js", "--name", "shop", "--port", "0", "--host", "127.0.0.1"];
    const code = run([...args, "--record", "trace.csv"], io);
    const [url] = await io.out.until(/http:\/\/127\.0\.0\.1:\d+/);
    for (let count = 0; count < 3; count += 1) await (await fetch(url)).text();
    io.signal("SIGTERM");
    expect(await code).toBe(0);
    const reader = new TraceReader("trace.csv");
    reader.push(await readFile(join(folder, "trace.csv"), "utf8"));
    const trace = reader.end();
    expect(trace.functions.map(({ name }) => name)).toEqual(["shop"]);
    expect(trace.invocations).toBe(3);
  });

  it("does not start when it cannot record", async () => {
    const folder = await folderWith({ "server.js": app });
    await writeFile(join(folder, "file"), "");
    const io = createTestIo({ cwd: folder });
    expect(await run(["serve", "server.js", "--port", "0", "--record", "file/trace.csv"], io)).toBe(1);
    expect(io.err.text()).toContain('Cannot record to "file/trace.csv": ENOTDIR');
    expect(io.err.text()).toContain("TIDEGATE_RECORD_FAILED");
  });
});
