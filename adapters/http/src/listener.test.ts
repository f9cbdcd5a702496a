import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LOAD, type Loading } from "./bootstrap/framework.ts";
import { type App, type Listener, toListener } from "./listener.ts";
import { type Answer, closeServers, serve } from "./served-listener.ts";

const log = vi.spyOn(console, "error").mockImplementation(() => {});
const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
beforeEach(() => {
  log.mockClear();
  warn.mockClear();
});
afterEach(closeServers);

const hello = (request: IncomingMessage, response: ServerResponse): unknown => response.end(`hello ${request.url}`);

function readCode({ body }: Answer): string {
  return JSON.parse(body).error.code;
}

function withArguments(): unknown {
  // biome-ignore lint/complexity/noArguments: the form under test, as compiled middleware has it
  return hello(...(arguments as unknown as [IncomingMessage, ServerResponse]));
}

async function createApp(config = { greeting: "hello" }): Promise<Listener> {
  return (_, response) => response.end(`${config.greeting} /a`);
}

const polka = { handler: hello, listen: () => {} };

const apps: { name: string; app: App }[] = [
  { name: "a listener", app: hello },
  { name: "a listener with a rest parameter", app: (...args: Parameters<Listener>) => hello(...args) },
  {
    name: "an async listener with a rest parameter",
    app: async (...args: Parameters<Listener>) => void hello(...args),
  },
  { name: "a listener that uses arguments", app: withArguments as App },
  { name: "a bound listener", app: hello.bind(null) },
  {
    name: "a listener behind a proxy",
    app: new Proxy(((...args: Parameters<Listener>) => hello(...args)) as Listener, {}),
  },
  { name: "a server", app: createServer(hello) },
  { name: "a TLS server", app: createTlsServer(hello) },
  { name: "a router with a handler", app: polka },
  { name: "a module", app: { default: hello } },
  { name: "a promise", app: Promise.resolve(hello) },
  { name: "a promised module", app: Promise.resolve({ default: hello }) },
  { name: "a promised module of CommonJS", app: Promise.resolve({ default: { default: hello } as never }) },
  { name: "a promised server", app: Promise.resolve(createServer(hello)) },
  { name: "an async factory", app: async () => hello },
  { name: "a factory", app: () => hello },
  { name: "a factory of a promise", app: () => Promise.resolve(hello) },
  { name: "a factory of a module", app: () => Promise.resolve({ default: hello }) },
  { name: "a factory of a server", app: async () => createServer(hello) },
  { name: "a factory of a router", app: () => polka },
  { name: "a factory with a default parameter", app: createApp as unknown as App },
  { name: "a factory as a method", app: { async create() { return hello; } }.create }, // biome-ignore format: one line a row
  { name: "a factory as an old function", app: function create() { return hello; } }, // biome-ignore format: one line a row
  { name: "a bound factory", app: (async () => hello).bind(null) },
  { name: "a mocked factory", app: vi.fn(async () => hello) },
  { name: "a factory behind a proxy", app: new Proxy(async () => hello, {}) },
  { name: "a factory with a rest parameter", app: async (..._args: unknown[]) => hello },
  { name: "a factory of one parameter", app: (async (_options: unknown) => hello) as unknown as App },
];

describe("toListener takes", () => {
  test.each(apps)("$name", async ({ app }) => {
    const get = await serve(toListener(app));
    expect(await get("/a")).toEqual({ status: 200, body: "hello /a" });
    expect(await get("/a")).toEqual({ status: 200, body: "hello /a" });
    expect(warn).not.toHaveBeenCalled();
  });

  test("a listener of two parameters, and returns it as it is", () => {
    expect(toListener(hello)).toBe(hello);
  });

  test("a listener of one parameter, which answers through its request", async () => {
    const responses = new WeakMap<IncomingMessage, ServerResponse>();
    const listener = toListener((request) => responses.get(request)?.end("found"));
    const get = await serve((request, response) => {
      responses.set(request, response);
      return listener(request, response);
    });
    expect([(await get()).body, (await get()).body]).toEqual(["found", "found"]);
  });
});

class KoaLike extends EventEmitter {
  middleware: unknown[] = [];
  callback(): Listener {
    return hello;
  }
  listen(): void {}
}
const honoLike = { fetch: () => new Response("hi") };
const invalid: { name: string; app: unknown; found: string }[] = [
  { name: "nothing", app: undefined, found: "found undefined" },
  { name: "null", app: null, found: "found null" },
  { name: "a number", app: 3000, found: "found a number" },
  { name: "an object", app: {}, found: "found an object of another kind" },
  { name: "a class", app: KoaLike, found: 'found the class "KoaLike" and no instance of it' },
  { name: "a Koa app", app: new KoaLike(), found: 'found a Koa app, which the package "@tidegate/koa" takes' },
  { name: "a Hono app", app: honoLike, found: 'found a fetch app, which the package "@tidegate/fetch" takes' },
  {
    name: "a Fastify instance",
    app: { ready: () => {}, routing: () => {}, listen: () => {} },
    found: 'found a Fastify instance, which the package "@tidegate/fastify" takes',
  },
  {
    name: "a NestJS app",
    app: { getHttpAdapter: () => {}, init: () => {}, listen: () => {} },
    found: 'found a NestJS app, which the package "@tidegate/nest" takes',
  },
  {
    name: "a Hapi server",
    app: { initialize: () => {}, inject: () => {}, listener: {} },
    found: 'found a Hapi server, which the package "@tidegate/hapi" takes',
  },
];

describe("toListener refuses with TIDEGATE_APP_INVALID", () => {
  test.each(invalid)("$name", ({ app, found }) => {
    const make = (): Listener => toListener(app as App);
    expect(make).toThrow(expect.objectContaining({ code: "TIDEGATE_APP_INVALID" }));
    expect(make).toThrow(found);
  });

  const known = invalid.filter(({ found }) => found.includes("package"));
  test.each(known)("$name given by a factory, in each answer", async ({ app, found }) => {
    for (const source of [async () => app, vi.fn(() => app), Promise.resolve(app)]) {
      const get = await serve(toListener(source as App));
      for (const answer of [await get(), await get()]) {
        expect(answer.status).toBe(500);
        expect(JSON.parse(answer.body).error).toMatchObject({
          code: "TIDEGATE_APP_INVALID",
          message: expect.stringContaining(found),
        });
      }
    }
  });

  test("a fetch function, with the first answer", async () => {
    const get = await serve(toListener(((_request: Request) => new Response("hi")) as unknown as App));
    expect(await get()).toMatchObject({ status: 500, body: expect.stringContaining("@tidegate/fetch") });
  });
});

/** Fails its first runs. */
const failing = (failures: number): (() => Promise<Listener>) => {
  let runs = 0;
  return async () => {
    if (++runs <= failures) throw new Error(`no database ${runs}`);
    return hello;
  };
};

describe("a factory", () => {
  test("starts before any request, and once for requests that come together", async () => {
    const started = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    let runs = 0;
    const listener = toListener(async () => {
      runs++;
      started.resolve();
      await opened.promise;
      return hello;
    });
    expect(runs).toBe(0);
    await started.promise;
    const get = await serve(listener);
    const answers = Promise.all([get("/1"), get("/2"), get("/3")]);
    opened.resolve();
    expect((await answers).map(({ body }) => body)).toEqual(["hello /1", "hello /2", "hello /3"]);
    expect(runs).toBe(1);
  });

  test("that is mocked runs once for requests that come together", async () => {
    const factory = vi.fn(async () => hello);
    const get = await serve(toListener(factory));
    const answers = await Promise.all([get("/1"), get("/2"), get("/3")]);
    expect(answers.map(({ body }) => body)).toEqual(["hello /1", "hello /2", "hello /3"]);
    expect(factory).toHaveBeenCalledOnce();
  });

  test("that failed before anybody waited runs again for the first call", async () => {
    const factory = failing(1);
    const given: Promise<unknown>[] = [];
    const listener = toListener(async () => {
      const run = factory();
      given.push(run);
      return run;
    });
    const get = await serve(listener);
    await expect(given[0]).rejects.toThrow("no database 1");
    expect(await get("/a")).toEqual({ status: 200, body: "hello /a" });
    expect([given.length, log.mock.calls.length]).toEqual([2, 0]);
  });

  const failures: { name: string; make: () => App }[] = [
    { name: "that fails", make: () => failing(3) },
    { name: "that is mocked and fails", make: () => vi.fn(failing(2)) },
  ];
  test.each(failures)("$name is reported on every call, and runs again with the next", async ({ name, make }) => {
    const get = await serve(toListener(make()));
    // A plain factory has failed once already, when the module loaded.
    const [one, two] = name === "that fails" ? [2, 3] : [1, 2];
    const first = await get();
    expect([first.status, readCode(first)]).toEqual([500, "TIDEGATE_APP_LOAD_FAILED"]);
    expect(first.body).not.toContain("database");
    expect(log).toHaveBeenLastCalledWith(
      expect.objectContaining({ cause: expect.objectContaining({ message: `no database ${one}` }) }),
    );
    expect(readCode(await get())).toBe("TIDEGATE_APP_LOAD_FAILED");
    expect(log).toHaveBeenLastCalledWith(
      expect.objectContaining({ cause: expect.objectContaining({ message: `no database ${two}` }) }),
    );
    expect((await get("/a")).body).toBe("hello /a");
    expect(log).toHaveBeenCalledTimes(2);
  });

  test("that fails tells every call that waited", async () => {
    const broken = Promise.withResolvers<never>();
    let runs = 0;
    const listener = toListener(async () => {
      runs++;
      return broken.promise;
    });
    let waiting = 0;
    const get = await serve((request, response) => {
      if (++waiting === 3) broken.reject(new Error("no database"));
      return listener(request, response);
    });
    const answers = Promise.all([get(), get(), get()]);
    expect((await answers).map(readCode)).toEqual(Array(3).fill("TIDEGATE_APP_LOAD_FAILED"));
    expect([runs, log.mock.calls.length]).toEqual([1, 3]);
  });

  test("that throws at once is reported too", async () => {
    const get = await serve(
      toListener((): Listener => {
        throw new Error("no key");
      }),
    );
    expect(readCode(await get())).toBe("TIDEGATE_APP_LOAD_FAILED");
  });

  test("sees what the module declares below", async () => {
    const listener = toListener(() => later);
    const later = hello;
    expect((await (await serve(listener))("/a")).body).toBe("hello /a");
  });

  test("runs outside of the call's own context, also when it runs again", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const listener = toListener(async () => {
      seen.push(storage.getStore());
      if (seen.length === 1) throw new Error("no database");
      return (_: unknown, response: ServerResponse) => response.end(storage.getStore());
    });
    const get = await serve((request, response) => storage.run("call", () => listener(request, response)));
    await get();
    expect((await get()).body).toBe("call");
    expect(seen).toEqual([undefined, undefined]);
  });

  test("that gives no app is a listener that does not answer, with a warning", async () => {
    let calls = 0;
    const listener = toListener((() => void calls++) as App);
    const get = await serve((request, response) => {
      const given = listener(request, response);
      response.once("close", () => {});
      return Promise.resolve(given).then(() => response.end("left open"));
    });
    expect((await get()).body).toBe("left open");
    expect(warn).toHaveBeenCalledOnce();
    expect(calls).toBe(2);
  });
});

describe("a factory that gives no app is told on every call:", () => {
  const mistakes: { name: string; make: unknown; found: string }[] = [
    { name: "an async one without return", make: async () => {}, found: "found undefined" },
    {
      name: "an async one of another object",
      make: async () => ({ app: hello }),
      found: "found an object of another kind",
    },
    { name: "an async one of null", make: async () => null, found: "found null" },
    { name: "one of another object", make: () => ({ app: hello }), found: "found an object of another kind" },
    { name: "a promise of nothing", make: () => Promise.resolve(), found: "found undefined" },
  ];
  test.each(mistakes)("$name", async ({ make, found }) => {
    const get = await serve(toListener(make as App));
    for (const answer of [await get(), await get()]) {
      expect([answer.status, readCode(answer)]).toEqual([500, "TIDEGATE_APP_INVALID"]);
      expect(answer.body).toContain(found);
    }
  });
});

describe("a listener whose app is loaded", () => {
  const exchange = [{}, {}] as unknown as Parameters<Listener>;

  test("is one direct call of the app", async () => {
    const result = {};
    for (const source of [async () => (): unknown => result, Promise.resolve((): unknown => result)]) {
      const listener = toListener(source as App);
      expect(await listener(...exchange)).toBe(result);
      expect(listener(...exchange)).toBe(result);
    }
  });

  test("can be waited for, by a platform that initialises functions", async () => {
    const run = vi.fn(async () => hello);
    const listener = toListener(async () => run()) as Listener & Loading;
    await listener[LOAD]?.();
    expect(run).toHaveBeenCalledOnce();
    const broken = toListener(Promise.reject(new Error("no database"))) as Listener & Loading;
    await expect(broken[LOAD]?.()).rejects.toThrow("no database");
    expect(LOAD in toListener(hello)).toBe(false);
  });
});

describe("a request whose response is over before the app is loaded", () => {
  test("does not reach the app", async () => {
    const loaded = Promise.withResolvers<Listener>();
    const app = vi.fn((_request: IncomingMessage, response: ServerResponse) => void response.end("late"));
    const listener = toListener(loaded.promise);
    const given = Promise.withResolvers<unknown>();
    const get = await serve((request, response) => {
      given.resolve(listener(request, response));
      response.end("gone");
    });
    expect((await get()).body).toBe("gone");
    loaded.resolve(app);
    await given.promise;
    expect(app).not.toHaveBeenCalled();
  });
});
