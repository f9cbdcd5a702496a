import { once } from "node:events";
import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { ClientConnection } from "./client-connection.ts";
import { ClientConnections } from "./client-connections.ts";
import type { ClientSocket } from "./connection-info.ts";

/** The socket of a client that reads when it is told to. */
class SlowSocket extends Duplex implements ClientSocket {
  text = "";
  #done: (() => void) | null = null;

  readAll(): void {
    this.#done?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#done = () => {
      this.text += chunk.toString("latin1");
      done();
    };
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  resetAndDestroy(): this {
    return this.destroy();
  }
}

const info = { address: "127.0.0.1", port: 1, isSecure: false, serverName: null, isHttp2: false };

it("a client that has not read all of its last response when its connection has been idle for long still gets it", async () => {
  const all = new ClientConnections();
  const socket = new SlowSocket();
  const connection = new ClientConnection(
    socket,
    info,
    {
      isDraining: false,
      wantsRecords: false,
      handle: (exchange) => exchange.answer("200 OK", "all of it"),
      onEnd: () => {},
    },
    all,
    {
      trustProxy: false,
      maxHeaderBytes: 1_024,
      headersTimeoutMs: 1_000,
      keepAliveTimeoutMs: 1_000,
      bodyTimeoutMs: 10_000,
      nextRequestId: () => "1",
      onRefused: () => {},
      takeHttp2: null,
    },
  );
  connection.begin(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  expect(all.idle.first).toBe(connection);
  expect(socket.writableNeedDrain).toBe(false);
  connection.onDeadline(connection.deadline);
  expect(socket.destroyed).toBe(false);
  socket.readAll();
  await once(socket, "finish");
  expect(socket.text).toMatch(/all of it$/);
});
