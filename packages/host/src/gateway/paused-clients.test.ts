import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { PausedClients } from "./paused-clients.ts";

const intervalMs = 500;

async function acceptedSocket(): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  onTestFinished(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });
  return { client, accepted };
}

const [first, second, one] = [{}, {}, {}];

afterEach(() => {
  vi.useRealTimers();
});

describe.skipIf(process.platform !== "linux")("PausedClients", () => {
  it("tells a client that is gone, of which nothing was read", async () => {
    const { client, accepted } = await acceptedSocket();
    const clients = new PausedClients();
    const gone = new Promise<void>((resolve) => clients.add(client, accepted, resolve));
    client.end();
    await gone;
  });

  it("does not miss a client that came while the tables were read, nor counts one gap twice", async () => {
    const { accepted } = await acceptedSocket();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const reads: ((tables: string[]) => void)[] = [];
    const clients = new PausedClients(() => new Promise((resolve) => reads.push(resolve)));
    const onGone = vi.fn();
    clients.add(first, accepted, () => {});
    vi.advanceTimersByTime(intervalMs);
    clients.add(second, accepted, onGone);
    vi.advanceTimersByTime(10 * intervalMs);
    expect(reads).toHaveLength(1);
    reads[0]?.(["", ""]);
    await Promise.resolve();
    for (let look = 1; look < 4; look++) {
      await Promise.resolve();
      vi.advanceTimersByTime(intervalMs);
      reads[look]?.(["", ""]);
    }
    await Promise.resolve();
    expect(onGone).not.toHaveBeenCalled();
    clients.delete(first);
    clients.delete(second);
  });

  it("forgives a table that passed a connection over", async () => {
    const { accepted } = await acceptedSocket();
    const whole = await readFile("/proc/net/tcp", "latin1");
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let look = 0;
    const clients = new PausedClients(() => Promise.resolve(++look % 3 === 0 ? [whole] : [""]));
    const onGone = vi.fn();
    clients.add(one, accepted, onGone);
    for (let tick = 0; tick < 12; tick++) {
      vi.advanceTimersByTime(intervalMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(look).toBe(12);
    expect(onGone).not.toHaveBeenCalled();
    clients.delete(one);
  });

  it.each([
    { what: "cannot be read", tables: null },
    { what: "show none of them", tables: ["", ""] },
  ])("takes no client for gone while the tables $what", async ({ tables }) => {
    const { accepted } = await acceptedSocket();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const clients = new PausedClients(() => Promise.resolve(tables));
    const onGone = vi.fn();
    clients.add(one, accepted, onGone);
    for (let tick = 0; tick < 8; tick++) {
      vi.advanceTimersByTime(intervalMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(onGone).not.toHaveBeenCalled();
    clients.delete(one);
  });

  it("tells a client that has vanished from the tables", async () => {
    const { accepted } = await acceptedSocket();
    const whole = await readFile("/proc/net/tcp", "latin1");
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let look = 0;
    const clients = new PausedClients(() => Promise.resolve([++look === 1 ? whole : ""]));
    const onGone = vi.fn();
    clients.add(one, accepted, onGone);
    for (let tick = 0; tick < 5; tick++) {
      vi.advanceTimersByTime(intervalMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(onGone).toHaveBeenCalledOnce();
  });
});
