import type { Socket } from "node:net";
import type { HttpConnection } from "../generator/http-connection.ts";
import type { AnswerCollector } from "./answer-collector.ts";
import type { Outcome } from "./outcome.ts";
import type { RequestPlan } from "./request-plan.ts";

/** Mask of all frames; that it is always the same is nobody's concern here. */
const mask = Buffer.from([1, 2, 3, 4]);

/** A masked frame of less than 126 bytes. */
function frame(opcode: number, content: Buffer): Buffer {
  const masked = content.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | content.length]), mask, masked]);
}

/**
 * A WebSocket session: as many messages as the plan has parts, each sent when the one before came back, then a close
 * frame. The session is whole when the close frame came back; echoes count as bytes of the response.
 */
export async function runWebSocket(
  plan: RequestPlan,
  connection: HttpConnection,
  collector: AnswerCollector,
  head: string,
): Promise<Outcome> {
  collector.onSocket = (socket, first) => converse(plan, socket, first, collector);
  connection.send(head, collector);
  return collector.outcome;
}

function converse(plan: RequestPlan, socket: Socket, first: Buffer, collector: AnswerCollector): void {
  const message = Buffer.from(`${plan.id}|`);
  let kept: Buffer = Buffer.alloc(0);
  let sent = 0;
  const sendNext = (): void => {
    if (!socket.writable) return;
    if (sent < plan.parts) socket.write(frame(1, message));
    else socket.write(frame(8, Buffer.from([0x03, 0xe8])));
    sent++;
  };
  const onData = (chunk: Buffer): void => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 2) {
      const length = (kept[1] ?? 0) & 0x7f;
      if (kept.length < 2 + length) return;
      const opcode = (kept[0] ?? 0) & 0x0f;
      const content = kept.subarray(2, 2 + length);
      kept = kept.subarray(2 + length);
      if (opcode === 8) {
        collector.closeStatus = content.length >= 2 ? content.readUInt16BE(0) : 1005;
        if (sent <= plan.parts && socket.writable) socket.write(frame(8, content));
        collector.onEnd();
        socket.end();
        return;
      }
      collector.onBody(content);
      setTimeout(sendNext, plan.overMs / plan.parts);
    }
  };
  socket.on("data", onData);
  socket.on("end", () => socket.end());
  socket.on("close", () => collector.onBroken(null));
  if (first.length > 0) onData(first);
  sendNext();
}
