import { Readable } from "node:stream";
import { testAdapter } from "@tidegate/http/contract";
import { type NodeContext, toHandler } from "./index.ts";

testAdapter("fetch", (answer) =>
  toHandler(async (request, context) => {
    const { pathname, search, host } = new URL(request.url);
    const { status, headers, body } = answer({
      method: request.method,
      url: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host },
      clientIp: (context as NodeContext | undefined)?.incoming.socket.remoteAddress,
      body: Buffer.from(await request.arrayBuffer()),
    });
    const content = body instanceof Readable ? (Readable.toWeb(body) as ReadableStream<Uint8Array>) : body;
    return new Response(content as ConstructorParameters<typeof Response>[0], { status, headers });
  }),
);
