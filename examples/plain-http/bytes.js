const MAX_BYTES = 4 * 1024 ** 3;

// 251 is prime, so a block that is lost, doubled or moved shows in what arrives.
const PERIOD = 251;
const BLOCK = Buffer.from(Array.from({ length: PERIOD * 256 }, (_, i) => i % PERIOD));

/** `/bytes/1000000`: that many bytes, byte i being i modulo 251, no faster than they are read. */
export async function bytes(req, res, _query, argument) {
  const total = Number(argument);
  if (!/^\d+$/.test(argument ?? "") || total > MAX_BYTES) {
    throw Object.assign(new Error(`Ask for 0 to ${MAX_BYTES} bytes`), { status: 400 });
  }
  res.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": total });
  if (req.method === "HEAD") return res.end();
  for (let sent = 0; sent < total && !res.destroyed; sent += BLOCK.length) {
    const isBuffered = !res.write(BLOCK.subarray(0, Math.min(BLOCK.length, total - sent)));
    if (isBuffered) await drained(res);
  }
  res.end();
}

function drained(res) {
  return new Promise((resolve) => {
    function done() {
      res.off("drain", done).off("close", done);
      resolve();
    }
    res.on("drain", done).on("close", done);
  });
}
