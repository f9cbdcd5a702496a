import type { EffectKey } from "@tidegate/core";
import { expect, test } from "vitest";
import { tryProgram } from "./testing/try-program.ts";

interface Program {
  readonly name: string;
  readonly code: string;
  readonly effect: EffectKey;
  readonly what?: string;
  /** An ES module; CommonJS without it. */
  readonly isModule?: true;
  /** Node may do it in a later turn of the event loop, where no code of the app is on the stack. */
  readonly isLater?: true;
}

/** What goes through functions of the table that stand in no row by themselves, or can be reached in more than one way. */
const programs: readonly Program[] = [
  // Draws its key before it connects.
  { name: "a WebSocket", code: `new WebSocket("ws://127.0.0.1:1/")`, effect: "random-bytes" },
  {
    name: "a test runner",
    code: `require("node:test").run({ files: [__filename] })`,
    effect: "child-process",
    isLater: true,
  },
  { name: "an old name of randomBytes", code: `require("crypto").pseudoRandomBytes(1)`, effect: "random-bytes" },
  { name: "net.connect", code: `require("net").connect(5432, "db")`, effect: "connect", what: "db:5432" },
  {
    name: "net.connect to a path",
    code: `require("net").connect("/run/a.sock")`,
    effect: "connect",
    what: "/run/a.sock",
  },
  {
    name: "net.createConnection",
    code: `require("net").createConnection({ port: 1 })`,
    effect: "connect",
    what: "localhost:1",
  },
  { name: "tls.connect", code: `require("tls").connect(6380, "cache")`, effect: "connect", what: "cache:6380" },
  { name: "http.get", code: `require("http").get("http://api.test/a?secret")`, effect: "connect", what: "api.test:80" },
  {
    name: "https.request",
    code: `require("https").request("https://api.test/").end()`,
    effect: "connect",
    what: "api.test:443",
  },
  {
    name: "http2.connect",
    code: `require("http2").connect("http://api.test")`,
    effect: "connect",
    what: "api.test:80",
  },
  {
    name: "fetch",
    code: `fetch("https://me:pw@api.test/a?secret").catch(() => {})`,
    effect: "connect",
    what: "https://api.test/a",
  },
  {
    name: "fetch of a Request",
    code: `fetch(new Request("http://api.test/"))`,
    effect: "connect",
    what: "http://api.test/",
  },
  { name: "dgram", code: `require("dgram").createSocket("udp4").bind(53)`, effect: "datagram", what: "localhost:53" },
  { name: "dns.promises", code: `require("dns").promises.resolve4("db.test")`, effect: "dns", what: "db.test" },
  {
    name: "promisified dns.lookup",
    code: `require("util").promisify(require("dns").lookup)("db.test")`,
    effect: "dns",
  },
  { name: "a resolver", code: `new (require("dns").promises.Resolver)().resolve("db.test")`, effect: "dns" },
  {
    name: "promisified exec",
    code: `require("util").promisify(require("child_process").exec)("true")`,
    effect: "child-process",
    what: "true",
  },
  { name: "cluster.fork", code: `require("cluster").fork()`, effect: "child-process" },
  {
    name: "an extended Worker",
    code: `class A extends require("worker_threads").Worker {} new A("1", { eval: true })`,
    effect: "worker",
  },
  {
    name: "an extended DatabaseSync",
    code: `class A extends require("node:sqlite").DatabaseSync {} new A("a.db")`,
    effect: "database",
    what: "a.db",
  },
  {
    name: "a stream's own class",
    code: `new (require("fs").WriteStream)("a.log")`,
    effect: "open-for-writing",
    isLater: true,
    what: "a.log",
  },
  {
    name: "a read stream that writes",
    code: `require("fs").createReadStream("a.log", { flags: "w+" })`,
    effect: "open-for-writing",
    isLater: true,
  },
  { name: "fs.promises", code: `require("fs").promises.rm("a")`, effect: "change-file", what: "a" },
  {
    name: "node:fs/promises",
    code: `require("node:fs/promises").rename("a", "b")`,
    effect: "change-file",
    what: "a -> b",
  },
  {
    name: "promisified fs",
    code: `require("util").promisify(require("fs").writeFile)("a", "")`,
    effect: "open-for-writing",
  },
  {
    name: "a name imported of fs",
    code: `import { openSync } from "node:fs"; openSync("a", "a");`,
    isModule: true,
    effect: "open-for-writing",
  },
  {
    name: "a name imported of fs/promises",
    code: `import { writeFile } from "fs/promises"; await writeFile("a", "");`,
    isModule: true,
    effect: "open-for-writing",
    what: "a",
  },
  {
    name: "promises imported of fs",
    code: `import { promises } from "fs"; await promises.mkdir("a");`,
    isModule: true,
    effect: "change-file",
  },
  {
    name: "all of fs imported",
    code: `import * as fs from "fs"; fs.unlinkSync("a");`,
    isModule: true,
    effect: "change-file",
  },
  {
    name: "a name kept at load",
    code: `const { randomUUID } = require("crypto"); setImmediate(() => randomUUID())`,
    effect: "random-bytes",
  },
  { name: "crypto of the web", code: `crypto.getRandomValues(new Uint8Array(1))`, effect: "random-bytes" },
  { name: "webcrypto", code: `require("crypto").webcrypto.randomUUID()`, effect: "random-bytes" },
  {
    name: "subtle",
    code: `require("crypto").subtle.generateKey({ name: "Ed25519" }, true, ["sign"])`,
    effect: "generate-key",
  },
  { name: "keys of ECDH", code: `require("crypto").createECDH("secp256k1").generateKeys()`, effect: "generate-key" },
  { name: "a form's boundary", code: `new Response(new FormData())`, effect: "random-bytes" },
  { name: "Math.random as a callback", code: `Array.from({ length: 2 }, Math.random)`, effect: "math-random" },
  { name: "Math.random in eval", code: `eval("Math.random()")`, effect: "math-random" },
  {
    name: "reading standard input",
    code: `require("readline").createInterface({ input: process.stdin })`,
    effect: "stdin",
  },
  {
    name: "reading a pipe",
    code: `require("fs").readFileSync("/dev/stdin")`,
    effect: "read-device",
    what: "/dev/stdin",
  },
  { name: "process.exit", code: `process.exit(3)`, effect: "exit", what: "3" },
  {
    name: "process imported",
    code: `import { kill } from "process"; kill(1, "SIGWINCH");`,
    isModule: true,
    effect: "signal",
    what: "SIGWINCH to 1",
  },
  { name: "the process id", code: `const { pid } = process`, effect: "process-id" },
];

test.each(programs)("$name is an effect", async ({ code, effect, what, isModule, isLater }) => {
  const entry = isModule ? "main.mjs" : "main.cjs";
  const { reached, folder, errors } = await tryProgram({ [entry]: code });

  expect(reached?.effect, errors).toBe(effect);
  if (what !== undefined) expect(reached?.what).toBe(what);
  if (!isLater) expect(reached?.place?.file).toBe(`${folder}/${entry}`);
  expect(reached?.via).toBeNull();
});
