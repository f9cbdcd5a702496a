/** What an app sees of a request, as JSON; the connection's own headers are left to the cases about them. */
export async function describe(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return {
    method: req.method,
    url: req.url,
    httpVersion: req.httpVersion,
    versions: [req.httpVersionMajor, req.httpVersionMinor],
    rawHeaders: req.rawHeaders,
    headers: req.headers,
    rawTrailers: req.rawTrailers,
    trailers: req.trailers,
    address: req.socket.remoteAddress,
    family: req.socket.remoteFamily,
    encrypted: req.socket.encrypted === true,
    complete: req.complete,
    aborted: req.aborted,
    bodyBytes: body.length,
    body: body.length > 4096 ? body.subarray(0, 64).toString("base64") : body.toString("base64"),
  };
}

function answer(res, seen) {
  res.setHeader("Content-Type", "application/json");
  res.end(JSON.stringify(seen));
}

/** A plain listener that answers with all it saw. */
export async function echo(req, res) {
  answer(res, await describe(req));
}

/** A plain listener that answers with what it saw but for headers, which have cases of their own. */
export async function echoTarget(req, res) {
  const { rawHeaders: _raw, headers: _headers, ...seen } = await describe(req);
  answer(res, seen);
}

/** A plain listener that answers with the body and the headers that describe it. */
export async function echoBody(req, res) {
  const { headers, body, bodyBytes, rawTrailers, complete } = await describe(req);
  const framing = ["content-type", "content-length", "transfer-encoding"].map((name) => headers[name]);
  answer(res, { framing, body, bodyBytes, rawTrailers, complete });
}
