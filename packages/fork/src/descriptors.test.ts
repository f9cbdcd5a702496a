import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  opendirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { addonPath } from "./addon-path.ts";
import { requireForking, TestTemplate } from "./testing/test-template.ts";

const forking = requireForking();
const folder = mkdtempSync(join(tmpdir(), "tidegate-fork-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A number no descriptor has: above the limit. */
const CLOSED = 2 ** 30;

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Runs a script with few descriptors allowed; what it throws. */
function runLimited(script: string): string {
  const code = `const addon = require(${JSON.stringify(addonPath())}); try { ${script} } catch (error) { console.log(error.code, error.syscall); }`;
  return execFileSync("/bin/sh", ["-c", 'ulimit -n 40; exec "$0" -e "$1"', process.execPath, code]).toString().trim();
}

describe("socketPair", () => {
  test("gives two ends that both read and write, and that programs started later do not get", async () => {
    const [a, b] = forking.socketPair();
    const [first, second] = [new Socket({ fd: a }), new Socket({ fd: b })];
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      from.write("x");
      expect(await new Promise((resolve) => to.once("data", (data) => resolve(String(data))))).toBe("x");
    }
    for (const end of [a, b]) {
      expect(readFileSync(`/proc/self/fdinfo/${end}`, "utf8")).toMatch(/^flags:\s+02\d+/m); // O_CLOEXEC
    }
    first.destroy();
    second.destroy();
  });

  test("throws when no more may be open", () => {
    expect(runLimited("for (;;) addon.socketPair();")).toBe("EMFILE socketpair");
  });
});

describe("send", () => {
  test.each([
    ["a closed one", CLOSED, "EBADF"],
    ["a file", "file", "ENOTSOCK"],
  ])("throws for %s", (_name, descriptor, code) => {
    const fd = typeof descriptor === "number" ? descriptor : openSync("/dev/null", "r");
    expect(errorOf(() => forking.send(fd, "x", []))).toMatchObject({ code, syscall: "sendmsg" });
    if (fd !== CLOSED) closeSync(fd);
  });

  test("throws for a closed descriptor to pass, and for a peer that is gone", () => {
    const [a, b] = forking.socketPair();
    expect(errorOf(() => forking.send(a, "x", [CLOSED]))).toMatchObject({ code: "EBADF", syscall: "sendmsg" });
    closeSync(b);
    expect(errorOf(() => forking.send(a, "x", []))).toMatchObject({ code: "EPIPE", syscall: "sendmsg", errno: -32 });
    closeSync(a);
  });

  test("sends nothing and throws EAGAIN when the receiver does not read, instead of waiting", () => {
    const [a, b] = forking.socketPair();
    const error = errorOf(() => {
      for (;;) forking.send(a, "x".repeat(20_000), []);
    });
    expect(error).toMatchObject({ code: "EAGAIN", syscall: "sendmsg" });
    closeSync(a);
    closeSync(b);
  });

  test("sends more than a socket holds at once to a receiver that reads", async () => {
    const [a, b] = forking.socketPair();
    const program = `let size = 0; process.stdin.on("data", (data) => { size += data.length; }).on("end", () => console.log(size));`;
    const reader = spawn(process.execPath, ["-e", program], { stdio: [b, "pipe", "inherit"] });
    closeSync(b);
    await new Promise((resolve) => reader.once("spawn", resolve));
    forking.send(a, "é".repeat(500_000), []);
    closeSync(a);
    expect(await new Promise((resolve) => reader.stdout?.once("data", (data) => resolve(Number(data))))).toBe(
      1_000_000,
    );
  });

  test.each([
    ["no text", [0, 1, []]],
    ["no list", [0, "x", 1]],
    ["a negative descriptor", [-1, "x", []]],
    ["a fraction", [0.5, "x", []]],
    ["a descriptor that is none", [0, "x", ["1"]]],
    ["too many", [0, "x", new Array(65).fill(0)]],
  ])("refuses %s", (_name, parameters) => {
    expect(() => (forking.send as (...list: unknown[]) => void)(...parameters)).toThrow(TypeError);
  });
});

describe("reopen", () => {
  function file(text: string): string {
    const path = join(folder, `${Math.random()}`);
    writeFileSync(path, text);
    return path;
  }
  const offset = (fd: number): number =>
    Number(/^pos:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]);

  test("keeps number, offset, mode and close-on-exec", () => {
    const fd = openSync(file("0123456789"), "r");
    readSync(fd, Buffer.alloc(4), 0, 4, null);
    const before = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
    forking.reopen(fd);
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")).toBe(before);
    expect(offset(fd)).toBe(4);
    closeSync(fd);
  });

  test("gives a file that has no name any more, and one that is written to", () => {
    const path = file("text");
    const fd = openSync(path, constants.O_RDWR | constants.O_APPEND);
    unlinkSync(path);
    forking.reopen(fd);
    expect(fstatSync(fd).nlink).toBe(0);
    expect(fstatSync(fd).size).toBe(4);
    closeSync(fd);
  });

  test("gives children of a template offsets of their own", async () => {
    const program = `
      const { openSync, readSync } = require("node:fs");
      const fd = openSync(process.env.TEST_FILE, "r");
      const read = () => { const buffer = Buffer.alloc(2); readSync(fd, buffer, 0, 2, null); return String(buffer); };
      read(); park(); forking.reopen(fd); tell(read());`;
    const template = await TestTemplate.start(program, { env: { TEST_FILE: file("0123456789") } });
    for (let i = 0; i < 2; i++) expect(await (await template.fork()).next()).toBe("23");
    await template.stop();
  });

  test("gives a folder", () => {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    forking.reopen(fd);
    expect(opendirSync(`/proc/self/fd/${fd}`).readSync()).not.toBeNull();
    closeSync(fd);
  });

  test("throws for closed descriptors, sockets, and when no more may be open", () => {
    expect(errorOf(() => forking.reopen(CLOSED))).toMatchObject({ code: "EBADF", syscall: "fstat" });
    const [a, b] = forking.socketPair();
    expect(errorOf(() => forking.reopen(a))).toMatchObject({ code: "EINVAL", syscall: "reopen" });
    closeSync(a);
    closeSync(b);
    const fill =
      'const { openSync } = require("node:fs"); const fd = openSync("/etc/passwd"); try { for (;;) openSync("/etc/passwd"); } catch {} addon.reopen(fd);';
    expect(runLimited(fill)).toBe("EMFILE open");
  });
});
