import "reflect-metadata";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import {
  All,
  Body,
  Controller,
  Get,
  HttpException,
  Module,
  type OnModuleInit,
  Param,
  Post,
  Query,
  Req,
  Res,
  type Type,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import { type Answer, probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import { describe, expect, type Mock, test, vi } from "vitest";
import { getInvocation, toHandler } from "./index.ts";

const GET = readEvent("aws/apigw-http-v2-get.json");
const POST = readEvent("tencent-scf/function-url-post.json");

type Parameter = (target: object, key: string, index: number) => void;

/** Applies decorators to a method as the compiler would: Node runs no decorator syntax. */
function route(target: Type, name: string, method: MethodDecorator, ...parameters: Parameter[]): void {
  const { prototype } = target;
  for (const [index, parameter] of parameters.entries()) parameter(prototype, name, index);
  method(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor);
}

function createModule(controller: Type): Type {
  class AppModule {}
  Module({ controllers: [controller] })(AppModule);
  return AppModule;
}

function send(response: ServerResponse, { status, headers, body }: ReturnType<Answer>): void {
  response.writeHead(status, headers.flat());
  if (body instanceof Readable) body.pipe(response);
  else response.end(body);
}

testAdapter("nest on Express", (answer) => {
  class Probe {
    async all(request: IncomingMessage, response: ServerResponse): Promise<void> {
      send(response, answer(await probeNode(request)));
    }
  }
  Controller()(Probe);
  route(Probe, "all", All("*path"), Req() as Parameter, Res() as Parameter);
  return toHandler(() => NestFactory.create(createModule(Probe), { bodyParser: false, logger: false }));
});

testAdapter("nest on Fastify", (answer) => {
  class Probe {
    async all(request: { raw: IncomingMessage }, reply: { raw: ServerResponse; hijack(): void }): Promise<void> {
      reply.hijack();
      send(reply.raw, answer(await probeNode(request.raw)));
    }
  }
  Controller()(Probe);
  route(Probe, "all", All("*"), Req() as Parameter, Res() as Parameter);
  return toHandler(async () => {
    const adapter = new FastifyAdapter();
    const app = await NestFactory.create<NestFastifyApplication>(createModule(Probe), adapter, {
      bodyParser: false,
      logger: false,
    });
    const instance = adapter.getInstance();
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser("*", (_request, _payload, done) => done(null));
    return app;
  });
});

class Orders implements OnModuleInit {
  static readonly started: Mock<() => void> = vi.fn();

  onModuleInit(): void {
    Orders.started();
  }

  read(id: string, tags: string[]): object {
    return { id, tags, source: getInvocation()?.source };
  }

  create(body: unknown): unknown {
    return body;
  }

  refuse(): never {
    throw new HttpException("taken", 409);
  }
}
Controller("orders")(Orders);
route(Orders, "read", Get(":id"), Param("id") as Parameter, Query("tag") as Parameter);
route(Orders, "create", Post(), Body() as Parameter);
route(Orders, "refuse", Get("taken/now"));

const platforms = [
  { name: "Express", create: () => NestFactory.create(createModule(Orders), { logger: false }) },
  {
    name: "Fastify",
    create: () => NestFactory.create(createModule(Orders), new FastifyAdapter(), { logger: false }),
  },
];

describe.each(platforms)("a NestJS app on $name behind an event", ({ create }) => {
  test("has controllers, parameters, bodies, exceptions and the invocation", async () => {
    const handler = toHandler(create);
    const read = (await handler(GET)) as { body: string };
    expect(JSON.parse(read.body)).toEqual({ id: "42", tags: ["a", "b"], source: "aws-http-v2" });
    expect(await handler(POST)).toMatchObject({ statusCode: 201, body: '{"sku":"A-1","qty":2}' });
    const taken = { ...GET, rawPath: "/orders/taken/now" };
    expect(await handler(taken)).toMatchObject({ statusCode: 409, body: '{"statusCode":409,"message":"taken"}' });
    expect(await handler({ ...GET, rawPath: "/none" })).toMatchObject({ statusCode: 404 });
  });

  const sources: { name: string; give: () => Promise<Parameters<typeof toHandler>[0]> }[] = [
    { name: "given", give: async () => create() },
    { name: "given, and initialised by itself", give: async () => (await create()).init() },
    { name: "made by a function", give: async () => create },
  ];
  test.each(sources)("is initialised once: $name", async ({ give }) => {
    Orders.started.mockClear();
    const handler = toHandler(await give());
    const answers = await Promise.all([handler(GET), handler(GET)]);
    expect(answers).toEqual(Array(2).fill(expect.objectContaining({ statusCode: 200 })));
    expect(Orders.started).toHaveBeenCalledOnce();
  });
});

test("a module that cannot be made is reported on every call, and made again with the next", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  let runs = 0;
  const handler = toHandler(() => {
    class Broken {
      onModuleInit(): void {
        if (++runs < 3) throw new Error("no database");
      }
      read(): string {
        return "ok";
      }
    }
    Controller()(Broken);
    route(Broken, "read", Get("*path"));
    return NestFactory.create(createModule(Broken), { logger: false, abortOnError: false });
  });
  const failed = { statusCode: 500, body: expect.stringContaining("TIDEGATE_APP_LOAD_FAILED") };
  expect(await handler(GET)).toMatchObject(failed);
  expect(await handler(GET)).toMatchObject(failed);
  expect(await handler(GET)).toMatchObject({ statusCode: 200, body: "ok" });
  log.mockRestore();
});
