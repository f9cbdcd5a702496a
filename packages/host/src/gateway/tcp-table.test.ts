import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { endedConnections, type TcpEnds } from "./tcp-table.ts";

const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const line = (local: string, remote: string, state: string): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000\n`;

describe("endedConnections", () => {
  const wanted: TcpEnds = { localPort: 3000, remotePort: 50_000, remoteAddress: "127.0.0.1" };
  it.each([
    { name: "open", table: line("0100007F:0BB8", "0100007F:C350", "01"), state: "open" },
    { name: "half-closed by the other end", table: line("0100007F:0BB8", "0100007F:C350", "08"), state: "ended" },
    { name: "not there", table: line("0100007F:0BB8", "0100007F:C351", "01"), state: "missing" },
    { name: "of another client", table: line("0100007F:0BB8", "0200007F:C350", "01"), state: "missing" },
    {
      name: "of a dual-stack listener",
      table: line("0000000000000000FFFF00000100007F:0BB8", "0000000000000000FFFF00000100007F:C350", "08"),
      state: "ended",
    },
  ])("$name", ({ table, state }) => expect(endedConnections([heading + table], [wanted])).toEqual([state]));

  it("over IPv6", () => {
    const table = line("00000000000000000000000001000000:0BB8", "B80D0120000000000000000001000000:C350", "01");
    const remoteAddress = "2001:db8::1";
    expect(endedConnections([table], [{ ...wanted, remoteAddress }])).toEqual(["open"]);
  });

  it.runIf(process.platform === "linux")("of this machine", async () => {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, "127.0.0.1");
    const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const client = connect({ port: typeof address === "object" ? (address?.port ?? 0) : 0, host: "127.0.0.1" });
    const { localPort = 0, remotePort = 0, remoteAddress = "" } = await accepted;
    const look = (): string | undefined =>
      endedConnections(
        ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFileSync(path, "latin1")),
        [{ localPort, remotePort, remoteAddress }],
      )[0];
    expect(look()).toBe("open");
    client.end("bytes before the end");
    while (look() === "open") await new Promise((resolve) => setImmediate(resolve));
    expect(look()).toBe("ended");
    client.destroy();
    (await accepted).destroy();
    server.close();
  });
});
