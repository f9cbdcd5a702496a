import { importBuilt } from "./built-package.ts";
import type { Framework } from "./row.ts";

/** What a cloud calls with its event. */
export type Handler = (event: object, context: object) => Promise<unknown>;

type Load = () => Promise<Handler>;

/** Each loads only what it needs itself: a contestant is alone in its process. */
const loaders: Readonly<Record<Framework, Readonly<Record<string, Load>>>> = {
  express: {
    async tidegate() {
      const { toHandler } = await importBuilt<typeof import("@tidegate/express")>("@tidegate/express");
      return toHandler(await expressApp()) as Handler;
    },
    async serverless_http() {
      const { default: serverlessHttp } = await import("serverless-http");
      return serverlessHttp(await expressApp(), { binary: isImage }) as Handler;
    },
    async vendia() {
      const { configure } = await import("@vendia/serverless-express");
      return configure({ app: await expressApp() }) as unknown as Handler;
    },
    async codegenie() {
      const { configure } = await import("@codegenie/serverless-express");
      return configure({ app: await expressApp() }) as unknown as Handler;
    },
    bare: async () => (await import("./bare.ts")).bareHandler(await expressApp()),
    bare_writable: async () => (await import("./bare.ts")).bareWritableHandler(await expressApp()),
    bare_end: async () => (await import("./bare.ts")).bareEndHandler(await expressApp()),
  },
  fastify: {
    async tidegate() {
      const { toHandler } = await importBuilt<typeof import("@tidegate/fastify")>("@tidegate/fastify");
      return toHandler(await fastifyApp()) as Handler;
    },
    async fastify_aws_lambda() {
      const { default: awsLambdaFastify } = await import("@fastify/aws-lambda");
      return awsLambdaFastify(await fastifyApp(), { binaryMimeTypes: ["image/png"] }) as Handler;
    },
    async serverless_http() {
      const { default: serverlessHttp } = await import("serverless-http");
      const app = await fastifyApp();
      await app.ready();
      return serverlessHttp(app as unknown as () => void, { binary: isImage }) as Handler;
    },
  },
  fetch: {
    async tidegate() {
      const { toHandler } = await importBuilt<typeof import("@tidegate/fetch")>("@tidegate/fetch");
      return toHandler(await honoApp()) as Handler;
    },
    async hono_aws_lambda() {
      const { handle } = await import("hono/aws-lambda");
      return handle(await honoApp()) as unknown as Handler;
    },
  },
};

/** An app behind one contestant. */
export async function loadContestant(framework: Framework, name: string): Promise<Handler> {
  const load = loaders[framework][name];
  if (load === undefined) {
    throw new Error(`Cannot run "${name}": known for ${framework} are ${Object.keys(loaders[framework]).join(", ")}`);
  }
  return await load();
}

async function expressApp() {
  return (await import("../apps/adapter-express.ts")).createExpressApp();
}

async function fastifyApp() {
  return (await import("../apps/adapter-fastify.ts")).createFastifyApp();
}

async function honoApp() {
  return (await import("../apps/adapter-hono.ts")).createHonoApp();
}

/** Cheaper for serverless-http than its list, of which it makes regular expressions in each call. */
function isImage(headers: Readonly<Record<string, unknown>>): boolean {
  return headers["content-type"] === "image/png";
}
