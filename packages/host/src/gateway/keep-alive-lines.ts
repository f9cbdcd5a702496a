/** An idle connection is kept for this much longer than its client is told, whose next request may be on its way. */
export const keepAliveBufferMs: number = 1_000;

let writtenMs = Number.NaN;
let written = "";

/** Lines that tell a client how long its connection is kept. All connections share them. */
export function keepAliveLines(timeoutMs: number): string {
  if (timeoutMs !== writtenMs) {
    writtenMs = timeoutMs;
    written = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n`;
  }
  return written;
}
