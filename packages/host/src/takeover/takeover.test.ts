import { describe, expect, test } from "vitest";
import { startSuccessor } from "./successor.ts";
import { formatLegacy, readTakeover, takeoverVariable, takeSocket } from "./takeover.ts";

const socket = { name: "gateway", port: 0, hostname: null, boundPort: 4711, descriptor: 4 } as const;

test("readTakeover reads what a host left, once: instances must not see it", () => {
  const env: NodeJS.ProcessEnv = {
    [takeoverVariable]: formatLegacy({ sockets: [socket], ready: { shop: 2 } }),
    A: "1",
  };
  expect(readTakeover(env)).toMatchObject({ predecessor: process.pid, sockets: [socket], ready: { shop: 2 } });
  expect(env).toEqual({ A: "1" });
  expect(readTakeover(env)).toBeNull();
});

test.each([
  ["what another release left", '{"version":2}', "it has version 2, this one reads version 1"],
  ["what is no JSON", "yes", "Unexpected token"],
])("readTakeover refuses %s", (_name, text, state) => {
  const read = (): unknown => readTakeover({ [takeoverVariable]: text });
  expect(read).toThrow(`Cannot read what the host before left: `);
  expect(read).toThrow(state);
});

describe("takeSocket", () => {
  const take = (port: number, hostname: string | null): number | null =>
    takeSocket(
      readTakeover({ [takeoverVariable]: formatLegacy({ sockets: [socket], ready: {} }) }),
      "gateway",
      port,
      hostname,
    );
  test("takes the socket that was asked for in the same way", () => expect(take(0, null)).toBe(4));
  test("leaves it for another port or address", () => {
    expect(take(4711, null)).toBeNull();
    expect(take(0, "127.0.0.1")).toBeNull();
    expect(takeSocket(null, "gateway", 0, null)).toBeNull();
  });
});

test("startSuccessor says why the system refuses at once", async () => {
  const command = { command: "no\0command", args: [], cwd: "/", env: {} };
  const options = { sockets: [], ready: {}, timeoutMs: 1_000, signal: new AbortController().signal };
  await expect(startSuccessor(command, options)).rejects.toMatchObject({ code: "TIDEGATE_UPGRADE_FAILED" });
});
