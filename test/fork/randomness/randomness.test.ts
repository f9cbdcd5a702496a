import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { canFork, type ForkedChild, TemplateHost } from "../../../packages/agent/src/template/testing/template-host.ts";

const site = fileURLToPath(new URL("../../../examples/next-site/package.json", import.meta.url));
const packages = fileURLToPath(new URL("../packages/package.json", import.meta.url));
const mongoose = createRequire(packages).resolve("mongoose");
const siblings = 6;
const hosts: TemplateHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

/** All that an app may draw from; every kept function was kept while the app was loaded. */
const app = `
  const { createServer } = require("node:http");
  const crypto = require("node:crypto");
  const vm = require("node:vm");
  const { Worker } = require("node:worker_threads");
  const { promisify } = require("node:util");

  const { random } = Math;
  const { randomBytes, randomUUID, randomInt } = crypto;
  const { createContext, runInNewContext } = vm;
  const web = globalThis.crypto;
  const early = vm.createContext({});
  const script = new vm.Script("Math.random()");
  // Draws a mark at load, which all of its processes may share.
  require("node:module").createRequire(${JSON.stringify(site)})("react-dom/client");

  const draws = {
    "Math.random": () => Math.random(),
    "Math.random, kept": () => random(),
    "Math.random in an early context": () => script.runInContext(early),
    "Math.random in a new context": () => runInNewContext("Math.random()"),
    "Math.random in a script's new context": () => script.runInNewContext({}),
    "Math.random in a context of its own": () => vm.runInContext("Math.random()", createContext({ a: 1 })),
    "Math.random in a vanilla context": () => {
      if (vm.constants.DONT_CONTEXTIFY === undefined) return Math.random();
      return vm.runInContext("Math.random()", vm.createContext(vm.constants.DONT_CONTEXTIFY));
    },
    "Math.random in a worker": () =>
      new Promise((resolve) => {
        const code = "require('node:worker_threads').parentPort.postMessage(Math.random())";
        new Worker(code, { eval: true }).once("message", resolve);
      }),
    randomBytes: () => randomBytes(8).toString("hex"),
    "randomBytes with a callback": async () => (await promisify(crypto.randomBytes)(8)).toString("hex"),
    randomFillSync: () => crypto.randomFillSync(Buffer.alloc(8)).toString("hex"),
    randomInt: () => randomInt(2 ** 47),
    randomUUID: () => randomUUID(),
    "randomUUID of crypto": () => crypto.randomUUID(),
    "randomUUID without cache": () => crypto.randomUUID({ disableEntropyCache: true }),
    "randomUUID of the web": () => web.randomUUID(),
    getRandomValues: () => Buffer.from(web.getRandomValues(new Uint8Array(8))).toString("hex"),
    "an object's URL": () => URL.createObjectURL(new Blob([])),
    "a generated key": () => crypto.generateKeySync("hmac", { length: 64 }).export().toString("hex"),
    "a generated pair": () => crypto.generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x,
    "a key of the web": async () => {
      const key = await web.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"]);
      return Buffer.from(await web.subtle.exportKey("raw", key)).toString("hex");
    },
    "keys of ECDH": () => crypto.createECDH("secp256k1").generateKeys("hex"),
    "a prime": () => crypto.generatePrimeSync(64, { bigint: true }).toString(),
    "a form's boundary": () => new Response(new FormData()).headers.get("content-type"),
  };
  const isNative = () => String(Math.random) === "function random() { [native code] }" && Math.random !== random;

  createServer(async (req, res) => {
    const drawn = {};
    for (let round = 0; round < 2; round++)
      for (const [name, draw] of Object.entries(draws)) (drawn[name] ??= []).push(await draw());
    res.end(JSON.stringify({ drawn, isNative: isNative() }));
  }).listen(0);
`;

interface Drawn {
  readonly drawn: Readonly<Record<string, readonly unknown[]>>;
  readonly isNative: boolean;
}

describe.runIf(canFork)("siblings", () => {
  it("never draw the same", async () => {
    const host = load(app);
    const { effect, notes } = await host.parked();
    expect(effect).toBe("listen");
    expect(notes).toEqual([
      "react-dom drew Math.random at load, the same for all instances: names of its own properties",
    ]);

    const answers = await drawAll(host, async (child) => JSON.parse(await child.text()) as Drawn);
    for (const name of Object.keys(answers[0]?.drawn ?? {})) {
      const drawn = answers.flatMap((answer) => answer.drawn[name] ?? []);
      expect(new Set(drawn).size, name).toBe(2 * siblings);
    }
    expect(answers.every(({ isNative }) => isNative)).toBe(true);
  });

  it("draw for themselves what an app draws at load", async () => {
    const host = load(`
      const mark = Math.random();
      require("node:http").createServer((req, res) => res.end(String(mark))).listen(0);
    `);
    expect(await host.parked()).toMatchObject({ effect: "math-random", place: { line: 2, column: 25 }, via: null });
    const marks = await drawAll(host, (child) => child.text());
    expect(new Set(marks).size).toBe(siblings);
  });

  it("know their own process id, however it is imported", async () => {
    const host = load(
      `
        import process, { pid } from "node:process";
        import * as all from "process";
        import { createServer } from "node:http";
        createServer((req, res) => res.end([pid, process.pid, all.pid, globalThis.process.pid].join())).listen(0);
      `,
      "app.mjs",
    );
    expect((await host.parked()).effect).toBe("listen");
    await drawAll(host, async (child) => {
      expect(await child.text()).toBe(new Array(4).fill(child.pid).join());
    });
  });

  it.each([
    ["nanoid", packages, "used.nanoid()"],
    ["nanoid/non-secure", packages, "used.nanoid()"],
    ["uuid", packages, "used.v4() + used.v7()"],
    ["bson", createRequire(mongoose).resolve("mongodb"), "String(new used.ObjectId())"],
    ["express-session", packages, "session(req)"],
    ["engine.io", createRequire(packages).resolve("socket.io"), "new used.Server().generateId({})"],
  ])("make ids of their own with %s", async (name, from, call) => {
    const host = load(`
      const used = require("node:module").createRequire(${JSON.stringify(from)})(${JSON.stringify(name)});
      const session = (req) => {
        used({ secret: "a", resave: false, saveUninitialized: true })(req, {}, () => {});
        return req.sessionID;
      };
      require("node:http").createServer((req, res) => res.end(${call})).listen(0);
    `);
    expect((await host.parked()).effect).toBe("listen");
    const ids = await drawAll(host, async (child) => [await child.text(), await child.text()]);
    expect(new Set(ids.flat()).size).toBe(2 * siblings);
  });
});

function load(app: string, name = "app.cjs"): TemplateHost {
  const host = new TemplateHost({ [name]: app });
  hosts.push(host);
  return host;
}

async function drawAll<T>(host: TemplateHost, draw: (child: ForkedChild) => Promise<T>): Promise<T[]> {
  const drawn: T[] = [];
  for (let count = 0; count < siblings; count++) {
    const child = await host.fork();
    await child.ready;
    drawn.push(await draw(child));
  }
  return drawn;
}
