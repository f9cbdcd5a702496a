import { afterEach, describe, expect, it } from "vitest";
import { canFork, TemplateHost } from "./testing/template-host.ts";

const hosts: TemplateHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

function load(app: string): TemplateHost {
  const host = new TemplateHost({ "app.cjs": app });
  hosts.push(host);
  return host;
}

/** What the app has put in `seen`, asked of an instance. */
async function seenBy(host: TemplateHost): Promise<unknown> {
  const child = await host.fork();
  await child.ready;
  return JSON.parse(await child.text());
}

const serves = `
const seen = [];
const server = require("node:http").createServer((req, res) => res.end(JSON.stringify(seen)));
`;

describe.runIf(canFork)("a server that was told it listens", () => {
  it("is told so where the app comes to an effect in the same tick", async () => {
    const host = load(
      `${serves}
       server.on("listening", () => seen.push("event"));
       server.listen(3000, () => seen.push("callback"));
       require("node:fs").writeFileSync("pid", "");
       process.nextTick(() => seen.push("tick"));`,
    );
    expect(await host.parked()).toMatchObject({ effect: "open-for-writing" });
    expect(await seenBy(host)).toEqual(["event", "callback", "tick"]);
  });

  const hosts = ["localhost", "127.0.0.1"];
  it.each(hosts)("listens in the child where the app comes to an effect before %s is looked up", async (name) => {
    const host = load(
      `${serves}
       server.on("listening", () => seen.push("event"));
       server.listen(3000, ${JSON.stringify(name)}, () => seen.push("callback", server.address()));
       require("node:fs").writeFileSync("pid", "");
       seen.push(server.listening);
       const other = require("node:http").createServer().listen(0, "127.0.0.1", () => other.close());`,
    );
    expect(await host.parked()).toMatchObject({ effect: "open-for-writing" });
    expect(await seenBy(host)).toEqual([false, "event", "callback", expect.objectContaining({ port: 3000 })]);
  });

  it("that is closed before its host is looked up lets another one listen", async () => {
    const host = load(
      `${serves}
       const first = require("node:http").createServer().listen(3000, "127.0.0.1", () => seen.push("first"));
       first.close(() => server.listen(3001, "127.0.0.1", () => seen.push(server.address().port)));`,
    );
    expect(await host.parked()).toMatchObject({ effect: "listen", what: "port 3001" });
    expect(await seenBy(host)).toEqual([3001]);
  });

  it("is told so once where the app lets it listen elsewhere before its host is looked up", async () => {
    const host = load(
      `${serves}
       server.on("listening", () => seen.push("event"));
       server.listen(3000, "127.0.0.1");
       server.listen(3001);`,
    );
    expect(await host.parked()).toMatchObject({ effect: "listen", what: "port 3001" });
    expect(await seenBy(host)).toEqual(["event"]);
  });

  it("keeps a close() of the app's own", async () => {
    const host = load(
      `${serves}
       server.close = () => seen.push("closed by the app");
       server.listen(3000, () => setImmediate(() => { seen.push(Object.hasOwn(server, "close")); server.close(); }));`,
    );
    expect(await seenBy(host)).toEqual([true, "closed by the app"]);
  });

  it("may get a close() of the app's own, which calls the one before", async () => {
    const host = load(
      `"use strict";
       ${serves}
       const again = require("node:http").createServer((req, res) => res.end(JSON.stringify(seen)));
       server.listen(3000);
       const close = server.close;
       server.close = function (...args) { seen.push("closing"); return close.apply(this, args); };
       setTimeout(() => server.close(() => { seen.push("closed"); again.listen(3000); }), 10);`,
    );
    expect(await host.parked()).toMatchObject({ effect: "listen" });
    const child = await host.fork();
    await child.ready;
    await expect.poll(() => child.text().catch(() => "")).toBe('["closing","closed"]');
  });

  it("is not told so any more where the app closes it at once, as on plain Node", async () => {
    const host = load(
      `${serves}
       server.on("listening", () => seen.push("event")).listen(3000).close(() => seen.push("closed"));
       const next = require("node:http").createServer((req, res) => res.end(JSON.stringify(seen)));
       setTimeout(() => next.listen(3000), 10);`,
    );
    expect(await seenBy(host)).toEqual(["closed"]);
  });

  it("is as it was made where the app has left it alone", async () => {
    const host = load(
      `${serves}
       const names = Object.getOwnPropertyNames(server);
       server.listen(3000);
       require("node:fs").writeFileSync("pid", "");
       seen.push(["close", "listening"].filter((name) => names.includes(name) !== Object.hasOwn(server, name)));`,
    );
    expect(await seenBy(host)).toEqual([[]]);
  });
});
