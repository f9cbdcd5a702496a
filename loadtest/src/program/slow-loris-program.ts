import { connect, type Socket } from "node:net";
import { endWithParent, sendListening } from "./program-side.ts";

// Clients that send a byte a second each, of a head or of a body, in a process of their own: what they do must cost the
// generator nothing. Told what to send by messages; without any it is silent.
const [url = "", countText = "1000"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const count = Number(countText);

/** All connections send within this time, in milliseconds, evenly spread. */
const periodMs = 1_000;
const ticksPerPeriod = 100;

const beginnings = {
  headers: "GET / HTTP/1.1\r\nHost: slow\r\nX-Slow: ",
  bodies: "POST /sink HTTP/1.1\r\nHost: slow\r\nContent-Length: 1000000\r\n\r\n",
} as const;

let sockets: (Socket | null)[] = [];
let beginning = "";

function open(index: number): void {
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(beginning);
  socket.on("error", () => {});
  socket.resume();
  // One that is turned away comes again, as an attacker would.
  socket.on("close", () => {
    if (sockets[index] === socket) sockets[index] = null;
  });
  sockets[index] = socket;
}

let tick = 0;
setInterval(() => {
  tick = (tick + 1) % ticksPerPeriod;
  for (let index = tick; index < sockets.length; index += ticksPerPeriod) {
    const socket = sockets[index];
    if (socket === null || socket === undefined) open(index);
    else socket.write("x");
  }
}, periodMs / ticksPerPeriod);

process.on("message", (what: keyof typeof beginnings | "stop") => {
  const former = sockets;
  sockets = [];
  for (const socket of former) socket?.destroy();
  if (what !== "stop") {
    beginning = beginnings[what];
    sockets = Array.from({ length: count }, () => null);
  }
  // By then each has connected, and has sent twice.
  setTimeout(
    () => process.send?.({ type: "done", open: sockets.filter((each) => each !== null).length }),
    2 * periodMs,
  );
});
endWithParent();
sendListening(url);
