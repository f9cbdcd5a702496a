import { expect, test } from "vitest";
import { tryProgram } from "./testing/try-program.ts";

const commonProgram = `
const fs = require("node:fs"), path = require("node:path"), crypto = require("node:crypto"), assert = require("assert");
const { pathToFileURL } = require("node:url");
fs.readFileSync(__filename); fs.readFile(__filename, () => {}); fs.createReadStream(__filename).resume();
fs.statSync(__dirname); fs.lstatSync(__filename); fs.existsSync("/nowhere"); fs.accessSync(__dirname, fs.constants.W_OK);
fs.readdirSync(__dirname, { recursive: true }); fs.realpathSync(__filename); fs.realpathSync.native(__filename);
const descriptor = fs.openSync(__filename, "r"); const bytes = Buffer.alloc(8);
fs.readSync(descriptor, bytes); fs.readvSync(descriptor, [bytes], 0); fs.fstatSync(descriptor); fs.closeSync(descriptor);
fs.closeSync(fs.openSync(__filename)); fs.open(__filename, (error, fd) => fs.closeSync(fd));
fs.closeSync(fs.openSync(__filename, fs.constants.O_RDONLY)); fs.opendirSync(__dirname).closeSync();
fs.mkdirSync(path.join(__dirname, "node_modules"), { recursive: true });
fs.closeSync(fs.openSync("/dev/null", "a")); fs.writeFileSync("/dev/null", "a");
fs.writeSync(1, "out\\n"); fs.writeSync(2, "err\\n"); fs.createWriteStream(null, { fd: 1 }).write("stream\\n");
fs.openAsBlob(__filename).then((blob) => blob.text());
console.log("log"); console.error("error"); process.stdout.write("stdout\\n"); process.stderr.isTTY;
crypto.createHash("sha256").update("a").digest(); crypto.createHmac("sha256", "k").update("a").digest("hex");
crypto.timingSafeEqual(bytes, bytes); crypto.createSecretKey(bytes); crypto.scryptSync("a", "b", 8);
crypto.pbkdf2("a", "b", 1, 8, "sha1", () => {}); crypto.createECDH("secp256k1"); crypto.getCiphers(); crypto.webcrypto.subtle;
assert(crypto.randomBytes === crypto.pseudoRandomBytes); assert(crypto.rng === crypto.prng);
crypto.createDiffieHellman(Buffer.from([23])); crypto.createDiffieHellmanGroup("modp14");
crypto.createPublicKey("-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\\n-----END PUBLIC KEY-----");
require("tls").createSecureContext(); new (require("net").Socket)(); new (require("net").BlockList)(); require("net").isIP("::1");
const http = require("http"), https = require("https"), http2 = require("http2");
http.createServer(() => {}).on("request", () => {}); http2.createServer(); https.createServer(); require("net").createServer();
new http.Agent({ keepAlive: true }); new https.Agent(); require("dgram").createSocket("udp4").unref();
require("dns").lookup("127.0.0.1", () => {}); require("dns").setDefaultResultOrder("ipv4first");
fetch("data:text/plain,a").then((response) => response.text());
new URL("http://a/"); new Headers(); new Request("http://a/"); new AbortController(); new TextEncoder(); structuredClone({});
new Blob(["a"]).text(); new (require("worker_threads").MessageChannel)().port1.unref();
new BroadcastChannel("a").close(); new (require("async_hooks").AsyncLocalStorage)();
const zlib = require("zlib"); zlib.gunzipSync(zlib.gzipSync("a")); zlib.gzip("a", () => {});
setTimeout(() => {}, 5); setInterval(() => {}, 5).unref(); setImmediate(() => {}); process.nextTick(() => {});
process.on("SIGTERM", () => {}); process.on("uncaughtException", (error) => { throw error; }); process.on("exit", () => {});
process.chdir(__dirname); process.umask(process.umask()); process.cwd(); process.uptime(); process.memoryUsage();
process.hrtime(); process.ppid; process.getuid(); process.title = "a"; process.emitWarning("told"); process.kill(process.ppid, 0);
process.binding("constants"); process.env.A = "1"; process.report.getReport(); process.exitCode = 0;
const os = require("os"); os.hostname(); os.cpus(); os.networkInterfaces(); os.setPriority(os.getPriority()); os.tmpdir();
const vm = require("vm"); vm.runInNewContext("a + 1", { a: 1 }); vm.runInContext("1", vm.createContext({}));
assert.strictEqual(new vm.Script("Math.random() < 1").runInNewContext(), true);
require("v8").getHeapStatistics(); require("v8").deserialize(require("v8").serialize({})); new (require("inspector").Session)();
const { performance, PerformanceObserver } = require("perf_hooks"); performance.mark("a"); performance.now(); Date.now();
new (require("node:sqlite").DatabaseSync)("never.db", { open: false }); require("node:wasi"); require("cluster");
require("module").registerHooks({}); require("module").syncBuiltinESMExports(); require("module").enableCompileCache?.name;
new WebAssembly.Module(Buffer.from("0061736d01000000", "hex")); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
require("./data.json"); require("./part.cjs"); import("./part.mjs").then((part) => assert.equal(part.value, 1));
import("node:process").then(({ default: process, pid, stdin }) => process.cwd());
require("./module.mjs"); util = require("util"); util.inspect(fs); util.inspect(process.versions); util.debuglog("a")("b");
Reflect.ownKeys(fs).map((name) => Object.getOwnPropertyDescriptor(fs, name)); for (const name in crypto) name;
fs.promises.open(__filename).then(async (handle) => { await handle.readFile(); await handle.stat(); await handle.close(); });
fs.promises.readFile(pathToFileURL(__filename)); fs.promises.readdir(__dirname); fs.promises.stat(__filename);
fs.promises.mkdir(__dirname, { recursive: true });
`;

test("reading, computing, preparing and logging are no effects", async () => {
  const { reached, output, errors } = await tryProgram({
    "main.cjs": commonProgram,
    "part.cjs": "module.exports = 1",
    "part.mjs": "export const value = 1",
    "module.mjs": `import fs, { readFileSync } from "node:fs"; readFileSync(import.meta.filename);`,
    "data.json": "{}",
    "node_modules/package.json": "{}",
  });
  expect(reached, errors).toBeNull();
  expect(output.split("\n").sort()).toEqual(["", "log", "out", "stdout", "stream"]);
  expect(errors).toContain("told");
  expect(errors).not.toContain("SQLite");
});

/** Not written out: tools read such a line of this file, too. */
const sourceMap = `//${"#"} sourceMappingURL=none.js.map`;

test("TypeScript, source maps, top-level await and its own way with stacks do an app no harm", async () => {
  const { reached, folder } = await tryProgram({
    "main.ts": `
      import { setTimeout } from "node:timers/promises";
      import "./settings.cjs";
      await setTimeout(1);
      const value: number = 1;
      enumerate(value);

      function enumerate(_: number): void {
        process.kill(0);
      }
      ${sourceMap}
    `,
    "settings.cjs": `
      Error.stackTraceLimit = 0;
      Error.prepareStackTrace = () => { throw new Error("asked"); };
      process.setSourceMapsEnabled(true);
    `,
  });
  expect(reached?.place).toEqual({ file: `${folder}/main.ts`, line: 9, column: 17 });
});
