import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createUpstreamClient, type ResponseReceiver, type UpstreamConnection } from "./upstream.ts";

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Sends a request over the connection; resolves when the response is complete. */
function ask(connection: UpstreamConnection): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const receiver: ResponseReceiver = {
      method: "GET",
      isRequestSent: true,
      onContent: undefined,
      onInterim: () => {},
      onHead: () => {},
      onUpgrade: () => reject(new Error("It was upgraded")),
      onBody: (chunk, start, end) => {
        text += chunk.toString("latin1", start, end);
      },
      onComplete: () => resolve(text),
      onBroken: (code) => reject(new Error(code)),
      onWritable: () => {},
    };
    connection.begin(receiver);
    connection.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  });
}

it("bytes that come over an idle connection, long after a response, are no response: it is closed", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createUpstreamClient({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  onTestFinished(() => {
    client.close();
    server.close();
  });
  const first = client.acquire();
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("data", () => socket.write(answer));
  expect(await ask(first)).toBe("ok");
  const again = client.acquire();
  expect(again).toBe(first);
  expect(await ask(again)).toBe("ok");
  socket.write(answer);
  await once(socket, "close");
  expect(first.socket.destroyed).toBe(true);
  const other = client.acquire();
  expect(other).not.toBe(first);
  other.destroy();
});
