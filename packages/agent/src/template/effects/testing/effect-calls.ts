import { Buffer } from "node:buffer";
import { createDiffieHellman, createDiffieHellmanGroup, createECDH } from "node:crypto";
import { createSocket } from "node:dgram";
import { Session } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { EffectKey } from "@tidegate/core";

/** A call of each function of the table that must be an effect; arguments by name, by where the function is. */
export interface EffectCalls {
  readonly effect: EffectKey;
  readonly of: string;
  /** What the functions are called on; the object of `of` when left out. */
  readonly self?: () => unknown;
  readonly calls: Readonly<Record<string, readonly unknown[]>>;
}

/** Nothing is ever made there: each call is stopped before it does anything. */
const path = join(tmpdir(), "tidegate-never-made");
const other = `${path}-either`;
const ignore = (): void => {};
const bytes = Buffer.alloc(1);
/** A descriptor nobody has. */
const descriptor = 1_000_000;
const own = `/proc/self/stat`;
const device = "/proc/sys/kernel/random/uuid";

/** Synchronous forms beside those with a callback. */
function both(calls: Readonly<Record<string, readonly unknown[]>>): Record<string, readonly unknown[]> {
  const forms: Record<string, readonly unknown[]> = {};
  for (const [name, args] of Object.entries(calls)) {
    forms[name] = [...args, ignore];
    forms[`${name}Sync`] = args;
  }
  return forms;
}

const changes = {
  ...{ unlink: [path], rmdir: [path], rm: [path], mkdtemp: [path], mkdtempDisposable: [path], truncate: [path, 0] },
  ...{ chmod: [path, 0o600], lchmod: [path, 0o600], chown: [path, 0, 0], lchown: [path, 0, 0] },
  ...{ utimes: [path, 0, 0], lutimes: [path, 0, 0], mkdir: [path], rename: [path, other], copyFile: [path, other] },
  ...{ cp: [path, other], link: [path, other], symlink: [path, other] },
};
const changesOfDescriptors = {
  ...{ ftruncate: [descriptor, 0], fchmod: [descriptor, 0o600], fchown: [descriptor, 0, 0] },
  futimes: [descriptor, 0, 0],
};
const queries: Record<string, readonly unknown[]> = Object.fromEntries(
  ["", "Any", "4", "6", "Caa", "Cname", "Mx", "Naptr", "Ns", "Ptr", "Soa", "Srv", "Tlsa", "Txt"].map((record) => [
    `resolve${record}`,
    ["example.test", ignore],
  ]),
);
const dns = {
  ...queries,
  ...{ lookup: ["example.test", ignore], lookupService: ["127.0.0.1", 80, ignore], reverse: ["127.0.0.1", ignore] },
  ...{ getServers: [], setServers: [["127.0.0.1"]], Resolver: [] },
};
const fileHandle = {
  write: [bytes],
  writev: [[bytes]],
  writeFile: ["a"],
  appendFile: ["a"],
  createWriteStream: [],
  writer: [],
};

export const fileCalls: readonly EffectCalls[] = [
  {
    effect: "open-for-writing",
    of: "node:fs",
    calls: {
      ...both({ open: [path, "w"], writeFile: [path, "a"], appendFile: [Buffer.from(path), "a"] }),
      ...both({ write: [descriptor, bytes], writev: [descriptor, [bytes]] }),
      createWriteStream: [pathToFileURL(path)],
    },
  },
  {
    effect: "open-for-writing",
    of: "node:fs/promises",
    calls: { open: [path, 0o101], writeFile: [path, "a"], appendFile: [path, "a"] },
  },
  { effect: "open-for-writing", of: "FileHandle", calls: fileHandle },
  { effect: "change-file", of: "node:fs", calls: both({ ...changes, ...changesOfDescriptors }) },
  { effect: "change-file", of: "node:fs/promises", calls: changes },
  {
    effect: "change-file",
    of: "FileHandle",
    calls: { chmod: [0o600], chown: [0, 0], utimes: [0, 0], truncate: [0] },
  },
  { effect: "watch-file", of: "node:fs", calls: { watch: [tmpdir()], watchFile: [path, ignore] } },
  { effect: "watch-file", of: "node:fs/promises", calls: { watch: [tmpdir()] } },
  {
    effect: "process-id",
    of: "node:fs",
    calls: { ...both({ open: [own], readFile: [own], openAsBlob: [own] }) },
  },
  { effect: "process-id", of: "node:fs/promises", calls: { open: [own], readFile: [own] } },
  {
    effect: "read-device",
    of: "node:fs",
    calls: { ...both({ open: ["/dev/urandom"], readFile: [device], openAsBlob: ["/dev/urandom"] }) },
  },
  { effect: "read-device", of: "node:fs/promises", calls: { open: [device], readFile: ["/dev/urandom"] } },
  {
    effect: "stdin",
    of: "node:fs",
    calls: both({ readFile: [0], read: [0, bytes], readv: [0, [bytes]] }),
  },
  { effect: "stdin", of: "node:fs/promises", calls: { readFile: [{ fd: 0 }] } },
  { effect: "stdin", of: "process", calls: { stdin: [] } },
];

export const networkCalls: readonly EffectCalls[] = [
  { effect: "connect", of: "node:net Socket.prototype", calls: { connect: [5432, "db"] } },
  { effect: "connect", of: "globalThis", calls: { fetch: ["http://127.0.0.1/"] } },
  { effect: "read-device", of: "node:net", calls: { Socket: [{ fd: 0 }], Stream: [{ fd: 0 }] } },
  { effect: "read-device", of: "node:tty", calls: { ReadStream: [0] } },
  {
    effect: "listen",
    of: "node:net",
    calls: { BoundSocket: [{ port: 0 }], _createServerHandle: ["127.0.0.1", 0, 4] },
  },
  {
    effect: "datagram",
    of: "node:dgram Socket.prototype",
    self: () => createSocket("udp4"),
    calls: {
      ...{ bind: [0], bindSync: [0], connect: [53, "dns"], connectSync: [53, "127.0.0.1"] },
      ...{ send: ["a", 53, "127.0.0.1"], sendto: [bytes, 0, 1, 53, "127.0.0.1"] },
      ...{ addMembership: ["224.0.0.1"], addSourceSpecificMembership: ["127.0.0.1", "232.0.0.1"] },
      ...{ dropMembership: ["224.0.0.1"], dropSourceSpecificMembership: ["127.0.0.1", "232.0.0.1"] },
    },
  },
  { effect: "dns", of: "node:dns", calls: dns },
  { effect: "dns", of: "node:dns/promises", calls: dns },
];

export const processCalls: readonly EffectCalls[] = [
  {
    effect: "child-process",
    of: "node:child_process",
    calls: {
      ...both({ exec: ["true"], execFile: ["true"], spawn: ["true"] }),
      ...{ fork: [path], _forkChild: [0, "json"] },
    },
  },
  { effect: "child-process", of: "node:child_process ChildProcess.prototype", calls: { spawn: [{ file: "true" }] } },
  { effect: "child-process", of: "process", calls: { execve: ["/bin/true"] } },
  { effect: "worker", of: "node:worker_threads", calls: { Worker: ["", { eval: true }] } },
  { effect: "worker", of: "node:module", calls: { register: [path] } },
  { effect: "addon", of: "process", calls: { dlopen: [{ exports: {} }, path] } },
  { effect: "native-code", of: "node:ffi", calls: { dlopen: [path], DynamicLibrary: [path] } },
  { effect: "native-code", of: "node:crypto", calls: { setEngine: [path] } },
  { effect: "wasi", of: "node:wasi", calls: { WASI: [{ version: "preview1" }] } },
  { effect: "database", of: "node:sqlite", calls: { DatabaseSync: [":memory:"] } },
  { effect: "database", of: "node:sqlite DatabaseSync.prototype", calls: { open: [] } },
  {
    effect: "signal",
    of: "process",
    calls: { kill: [process.pid, "SIGWINCH"], _kill: [process.pid, 28], _debugProcess: [process.pid] },
  },
  { effect: "signal", of: "node:os", calls: { setPriority: [process.pid, 0] } },
  {
    effect: "identity",
    of: "process",
    calls: {
      ...{ setuid: [0], seteuid: [0], setgid: [0], setegid: [0], setgroups: [[0]], initgroups: ["root", 0] },
    },
  },
  { effect: "inspector", of: "node:inspector", calls: { open: [0], waitForDebugger: [] } },
  {
    effect: "inspector",
    of: "node:inspector Session.prototype",
    self: () => new Session(),
    calls: { connect: [], connectToMainThread: [] },
  },
  {
    effect: "diagnostics",
    of: "node:v8",
    calls: { writeHeapSnapshot: [path], startCpuProfile: [], startHeapProfile: [] },
  },
  { effect: "diagnostics", of: "node:trace_events", calls: { createTracing: [{ categories: ["node"] }] } },
  { effect: "diagnostics", of: "node:util", calls: { setTraceSigInt: [true] } },
  { effect: "diagnostics", of: "process report", calls: { writeReport: [path] } },
  { effect: "node-internals", of: "process", calls: { binding: ["fs"], _linkedBinding: ["fs"] } },
  { effect: "exit", of: "process", calls: { exit: [], reallyExit: [0], abort: [] } },
];

export const randomCalls: readonly EffectCalls[] = [
  {
    effect: "random-bytes",
    of: "node:crypto",
    calls: {
      ...{ randomBytes: [1], randomFill: [bytes, ignore], randomFillSync: [bytes], randomInt: [9], randomUUID: [] },
      ...{ randomUUIDv7: [], getRandomValues: [bytes], prng: [], rng: [], pseudoRandomBytes: [] },
    },
  },
  {
    effect: "random-bytes",
    of: "globalThis Crypto.prototype",
    self: () => globalThis.crypto,
    calls: { getRandomValues: [bytes], randomUUID: [], randomUUIDv7: [] },
  },
  { effect: "random-bytes", of: "globalThis URL", calls: { createObjectURL: [new Blob(["a"])] } },
  {
    effect: "generate-key",
    of: "node:crypto",
    calls: {
      ...both({ generateKey: ["aes", { length: 128 }], generateKeyPair: ["ed25519", {}], generatePrime: [32] }),
      ...{ encapsulate: [path], createDiffieHellman: [64], DiffieHellman: [64] },
    },
  },
  {
    effect: "generate-key",
    of: "node:crypto DiffieHellman.prototype",
    self: () => createDiffieHellman(Buffer.from([23])),
    calls: { generateKeys: [] },
  },
  {
    effect: "generate-key",
    of: "node:crypto DiffieHellmanGroup.prototype",
    self: () => createDiffieHellmanGroup("modp14"),
    calls: { generateKeys: [] },
  },
  {
    effect: "generate-key",
    of: "node:crypto ECDH.prototype",
    self: () => createECDH("secp256k1"),
    calls: { generateKeys: [] },
  },
  {
    effect: "generate-key",
    of: "globalThis SubtleCrypto.prototype",
    self: () => globalThis.crypto.subtle,
    calls: { generateKey: [{ name: "Ed25519" }, true, []], encapsulateKey: [], encapsulateBits: [] },
  },
  { effect: "math-random", of: "globalThis Math", calls: { random: [] } },
  { effect: "process-id", of: "process", calls: { pid: [] } },
];
