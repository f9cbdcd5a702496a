import { afterEach, describe, expect, it } from "vitest";
import { canFork, TemplateHost } from "./testing/template-host.ts";

const hosts: TemplateHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

function load(app: string, warmUp: readonly string[]): TemplateHost {
  const host = new TemplateHost({ "app.mjs": app }, { warmUp });
  hosts.push(host);
  return host;
}

const server = (handler: string): string => `
  import { createServer } from "node:http";
  const asked = [];
  const server = createServer(async (req, res) => { ${handler} });
  server.listen(3000);`;

describe.runIf(canFork)("warm-up requests", () => {
  it("are asked in the template, one after another, as the gateway does", async () => {
    const host = load(
      server(`
        await null;
        asked.push([process.uptime() > 0, req.method, req.url, req.headers["user-agent"], req.socket.remoteAddress]);
        res.end(JSON.stringify({ asked, open: await new Promise((resolve) => server.getConnections((_, open) => resolve(open))) }));`),
      ["/", "/items?page=1"],
    );
    const point = await host.parked();
    expect(point).toMatchObject({ effect: "listen", warmUp: { asked: 2, done: 2, leftOut: null } });
    const child = await host.fork();
    await child.ready;
    const { asked, open } = JSON.parse(await child.text("/real", { "X-Forwarded-For": "192.0.2.7" }));
    const first = [true, "GET", "/", "tidegate-warm-up", "127.0.0.1"];
    const second = [true, "GET", "/items?page=1", "tidegate-warm-up", "127.0.0.1"];
    expect(asked).toEqual([
      ...Array(10).fill(first),
      ...Array(10).fill(second),
      [true, "GET", "/real", undefined, "192.0.2.7"].map((value) => value ?? null),
    ]);
    expect(open).toBe(1);
  });

  it("that come to an effect are told, for the host to leave them out", async () => {
    const host = load(
      server(`
        if (req.url === "/write") (await import("node:fs")).writeFileSync("written", "");
        res.end();`),
      ["/", "/write", "/after"],
    );
    const message = await host.told();
    expect(message).toMatchObject({
      type: "unfit",
      warmUp: { path: "/write", index: 1, reason: expect.stringMatching(/^it opens a file for writing \(.*written/) },
    });
    expect(message).toMatchObject({ place: { file: expect.stringMatching(/app\.mjs$/), line: 5 } });
    await expect.poll(() => host.process.exitCode).toBe(0);
  });

  it("that are not answered are told", async () => {
    const host = load(server(`req.socket.destroy();`), ["/"]);
    expect(await host.told()).toMatchObject({
      type: "unfit",
      warmUp: { path: "/", index: 0, reason: "it failed: socket hang up" },
    });
  });

  it("are not asked where the app comes to another effect first", async () => {
    const host = load(
      `${server(`res.end(String(asked.push(req.url)));`)}
       (await import("node:fs")).writeFileSync("written", "");`,
      ["/"],
    );
    const point = await host.parked();
    expect(point).toMatchObject({ effect: "open-for-writing", warmUp: { asked: 1, done: 0 } });
    expect(point.warmUp.leftOut).toBe("the app came to an effect before it was ready for them");
    const child = await host.fork();
    await child.ready;
    expect(await child.text()).toBe("1");
  });

  it("may be answered with a stream or an error", async () => {
    const host = load(
      `${server(`
        if (req.url === "/stream") { res.write("a"); setTimeout(() => res.end("b"), 5); }
        else { res.statusCode = 500; res.end(); }`)}`,
      ["/stream", "/error"],
    );
    expect(await host.parked()).toMatchObject({ warmUp: { asked: 2, done: 2, leftOut: null } });
  });
});
