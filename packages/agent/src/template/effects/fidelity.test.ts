import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tryProgram } from "./testing/try-program.ts";

test("hooks look like what they wrap, and nothing is left of them", async () => {
  const program = join(import.meta.dirname, "testing/compare-functions.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const { replaced, ...compared } = JSON.parse(stdout) as Record<string, unknown>;

  expect(replaced).toBeGreaterThan(200);
  expect(compared).toEqual({ differentWhile: [], differentAfter: [], reached: [], isImportedRestored: true });
});

test("an app that wraps functions itself keeps its wrapper, and is told of the call below it", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `
      const fs = require("fs");
      const open = fs.openSync;
      fs.openSync = function (...args) { console.log("wrapped"); return open.apply(this, args); };
      require("./write.cjs");
    `,
    "write.cjs": `require("fs").openSync("a", "w")`,
  });
  expect(reached).toMatchObject({ effect: "open-for-writing", place: { file: `${folder}/main.cjs`, line: 4 } });
});

test("what an app wrapped stays when the others are restored, and calls through", async () => {
  const { errors, output } = await tryProgram(
    {
      "main.ts": `
      import fs from "node:fs";
      import http from "node:http";
      import { installEffects } from ${JSON.stringify(join(import.meta.dirname, "install-effects.ts"))};
      const native = fs.writeFileSync;
      const effects = installEffects({ onEffect: () => effects.restore() });
      const below = fs.writeFileSync;
      const wrapper = (...args: [string, string]) => { console.log("wrapped"); return below(...args); };
      fs.writeFileSync = wrapper;
      // As graceful-fs does.
      const prototype = Object.create(fs);
      fs.writeFileSync("/dev/null", "");
      effects.unwatched(() => fs.writeFileSync("/dev/null", ""));
      effects.restore();
      console.log(fs.writeFileSync === wrapper, below !== native, prototype.writeFileSync === wrapper, typeof http.get);
    `,
    },
    false,
  );
  expect(errors).toBe("");
  expect(output).toBe("wrapped\nwrapped\ntrue true true function\n");
});

test("classes can be extended, called and asked about", async () => {
  const { reached, errors } = await tryProgram({
    "main.cjs": `
      const net = require("net"), util = require("util"), assert = require("assert");
      class Mine extends net.Socket {}
      function Old() { net.Socket.call(this); }
      util.inherits(Old, net.Socket);
      for (const socket of [new Mine(), new Old(), new net.Socket(), net.Socket()]) {
        assert(socket instanceof net.Socket && socket instanceof require("stream").Duplex);
        assert.equal(typeof socket.connect, "function");
      }
      assert(new Mine() instanceof Mine && new Old() instanceof Old);
      assert.equal(net.Stream, net.Socket);
      assert(new Proxy(net.Socket, {}).prototype === net.Socket.prototype);
      const { Worker } = require("worker_threads");
      assert(/^class /.test(Worker.toString()));
      assert.throws(() => Worker(), TypeError);
    `,
  });
  expect(reached?.effect, errors).toBe("worker");
  expect(errors).toBe("");
});

test("an experimental module warns when it is used, not before", async () => {
  const { errors } = await tryProgram(
    {
      "main.ts": `
      import { installEffects } from ${JSON.stringify(join(import.meta.dirname, "install-effects.ts"))};
      import { createRequire } from "node:module";
      process.on("warning", ({ name }) => console.error("warned of", name));
      const effects = installEffects({ onEffect: () => effects.restore() });
      const { WASI } = createRequire(import.meta.url)("node:wasi");
      setImmediate(() => {
        console.error("using");
        new WASI({ version: "preview1" });
      });
    `,
    },
    false,
  );
  expect(errors).not.toMatch(/WASI.*using/s);
  expect(errors).toMatch(/using.*WASI is an experimental feature/s);
});
