import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Listener, toListener } from "../listener.ts";
import { closeServers, serve } from "../served-listener.ts";

afterEach(closeServers);

const hello = (request: IncomingMessage, response: ServerResponse): unknown => response.end(`hello ${request.url}`);

describe("a factory", () => {
  test("that is mocked and slow runs once for requests that come meanwhile", async () => {
    const opened = Promise.withResolvers<void>();
    const factory = vi.fn(async () => {
      await opened.promise;
      return hello;
    });
    const listener = toListener(factory);
    let waiting = 0;
    const get = await serve((request, response) => {
      if (++waiting === 3) setImmediate(opened.resolve);
      return listener(request, response);
    });
    const answers = await Promise.all([get("/1"), get("/2"), get("/3")]);
    expect(answers.map(({ body }) => body)).toEqual(["hello /1", "hello /2", "hello /3"]);
    expect(factory).toHaveBeenCalledOnce();
  });

  test("that is mocked and so slow that nobody is held for it answers all the same, with one app", async () => {
    const opened = Promise.withResolvers<void>();
    const made: Listener[] = [];
    const used = new Set<Listener>();
    const factory = vi.fn(async () => {
      if (factory.mock.calls.length === 3) opened.resolve();
      await opened.promise;
      const app: Listener = (request, response) => {
        used.add(app);
        return hello(request, response);
      };
      made.push(app);
      return app;
    });
    const get = await serve(toListener(factory));
    const answers = await Promise.all([get("/1"), get("/2"), get("/3")]);
    expect(answers.map(({ body }) => body)).toEqual(["hello /1", "hello /2", "hello /3"]);
    expect([made.length, used.size]).toEqual([3, 1]);
  });
});

describe("a listener with a rest parameter", () => {
  test("that is slow to answer its first request lets others pass once it began", async () => {
    const second = Promise.withResolvers<void>();
    const get = await serve(
      toListener(async (...args: Parameters<Listener>) => {
        const [request, response] = args;
        if (request.url === "/first") {
          response.write("waited");
          await second.promise;
        } else second.resolve();
        response.end();
      }),
    );
    const first = get("/first");
    await get("/second");
    expect((await first).body).toBe("waited");
  });

  test("that reads its first request lets others pass", async () => {
    const reading = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const listener = toListener(async (...args: Parameters<Listener>) => {
      const [request, response] = args;
      if (request.url === "/first") {
        request.once("end", reading.resolve).resume();
        await second.promise;
      } else second.resolve();
      response.end("ok");
    });
    const get = await serve(listener);
    const first = get("/first", { method: "POST", body: "x" });
    await reading.promise;
    await get("/second");
    expect((await first).body).toBe("ok");
  });

  test("that waits for the next request is not waited for", async () => {
    const second = Promise.withResolvers<void>();
    let calls = 0;
    const get = await serve(
      toListener(async (...args: Parameters<Listener>) => {
        if (++calls === 1) await second.promise;
        else second.resolve();
        args[1].end("ok");
      }),
    );
    expect((await Promise.all([get(), get(), get()])).map(({ body }) => body)).toEqual(["ok", "ok", "ok"]);
    expect(calls).toBe(3);
  });

  test("may have its first response changed by middleware, as cookies are set at its head", async () => {
    const sent: unknown[] = [];
    const get = await serve(
      toListener((...args: Parameters<Listener>) => {
        const [, response] = args;
        const { writeHead } = response;
        response.writeHead = function setCookie(this: ServerResponse, ...head: Parameters<typeof writeHead>) {
          this.setHeader("set-cookie", "sid=1");
          return Reflect.apply(writeHead, this, head);
        } as typeof writeHead;
        response.once("finish", () => sent.push(response.getHeader("set-cookie")));
        setImmediate(() => response.end("ok"));
      }),
    );
    expect([(await get()).body, (await get()).body]).toEqual(["ok", "ok"]);
    expect(sent).toEqual(["sid=1", "sid=1"]);
  });

  test("leaves its first response as it was", async () => {
    let own: unknown;
    const get = await serve(
      toListener((...args: Parameters<Listener>) => {
        args[1].writeHead(201).end();
        own = Object.hasOwn(args[1], "writeHead");
      }),
    );
    expect([(await get()).status, own]).toEqual([201, false]);
  });

  test("that fails after it began is not taken for a factory", async () => {
    const listener = toListener(async (...args: Parameters<Listener>) => {
      args[1].write("half");
      throw new Error("boom");
    });
    const failed = Promise.withResolvers<unknown>();
    const get = await serve((request, response) =>
      (listener(request, response) as Promise<void>).catch((error: unknown) => {
        failed.resolve(error);
        response.destroy();
      }),
    );
    await expect(get()).rejects.toThrow();
    expect(await failed.promise).toMatchObject({ message: "boom" });
  });
});
