import onFinished from "on-finished";

/** Records the events of a request and its response in the order in which they come. */
function watch(req, res, kit) {
  for (const name of ["end", "close", "aborted", "error"]) req.on(name, () => kit.record(`req ${name}`));
  for (const name of ["finish", "close", "error", "prefinish"]) {
    res.on(name, () => kit.record(`res ${name} ended=${res.writableEnded} finished=${res.writableFinished}`));
  }
}

const post = { method: "POST", target: "/", headers: [["Content-Type", "text/plain"]], body: "hello" };

const cases = {
  "GET, body not read": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.end("x");
    },
    { target: "/" },
  ],
  "GET, resumed": [
    (req, res, kit) => {
      watch(req, res, kit);
      req.resume();
      res.end("x");
    },
    { target: "/" },
  ],
  "POST, body read first": [
    (req, res, kit) => {
      watch(req, res, kit);
      req.on("data", (chunk) => kit.record(`data ${chunk.length}`));
      req.on("end", () => res.end("x"));
    },
    post,
  ],
  "POST, body not read": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.end("x");
    },
    post,
  ],
  "POST, answered before the body is read": [
    (req, res, kit) => {
      res.end("x");
      req.on("end", () => kit.record("req end"));
      req.on("data", (chunk) => kit.record(`data ${chunk.length}`));
    },
    post,
  ],
  "POST, body iterated": [
    async (req, res, kit) => {
      watch(req, res, kit);
      let length = 0;
      for await (const chunk of req) length += chunk.length;
      res.end(String(length));
    },
    post,
  ],
  "POST, setEncoding": [
    (req, res, kit) => {
      watch(req, res, kit);
      req.setEncoding("utf8");
      let text = "";
      req.on("data", (chunk) => {
        text += chunk;
      });
      req.on("end", () => res.end(text));
    },
    { ...post, body: "grüße" },
  ],
  "POST, paused and resumed": [
    (req, res, kit) => {
      watch(req, res, kit);
      req.pause();
      setImmediate(() => {
        req.on("data", (chunk) => kit.record(`data ${chunk.length}`));
        req.on("end", () => res.end("x"));
        req.resume();
      });
    },
    post,
  ],
  "POST, readable and read()": [
    (req, res, kit) => {
      watch(req, res, kit);
      let text = "";
      req.on("readable", () => {
        for (let chunk = req.read(); chunk !== null; chunk = req.read()) text += chunk;
      });
      req.on("end", () => res.end(text));
    },
    post,
  ],
  "callbacks of write and end": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.write("a", () => kit.record("write callback"));
      res.end("b", () => kit.record("end callback"));
    },
    { target: "/" },
  ],
  "on-finished": [
    (req, res, kit) => {
      onFinished(res, (error, message) => kit.record(`response finished ${error} ${message === res}`));
      onFinished(req, (error) => kit.record(`request finished ${error}`));
      kit.record(`${onFinished.isFinished(req)} ${onFinished.isFinished(res)}`);
      res.end("x");
      kit.record(`${onFinished.isFinished(req)} ${onFinished.isFinished(res)}`);
    },
    { target: "/" },
  ],
  "on-finished with a body": [
    (req, res, kit) => {
      onFinished(res, (error) => kit.record(`response finished ${error}`));
      onFinished(req, (error) => kit.record(`request finished ${error}`));
      kit.record(`${onFinished.isFinished(req)}`);
      req.resume();
      req.on("end", () => {
        kit.record(`${onFinished.isFinished(req)}`);
        res.end("x");
      });
    },
    post,
  ],
  "states on the way": [
    (req, res, kit) => {
      const note = (when) => {
        const { headersSent, writableEnded, finished, writableFinished, destroyed, closed } = res;
        kit.record(
          JSON.stringify({
            when,
            headersSent,
            writableEnded,
            finished,
            writableFinished,
            destroyed,
            closed,
            complete: req.complete,
            reqDestroyed: req.destroyed,
            readableEnded: req.readableEnded,
          }),
        );
      };
      note("start");
      res.on("finish", () => note("finish"));
      res.on("close", () => note("close"));
      res.write("a");
      note("written");
      res.end("b");
      note("ended");
    },
    { target: "/" },
  ],
  "res destroyed": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.destroy();
    },
    { target: "/" },
  ],
  "res destroyed with an error": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.destroy(new Error("no"));
    },
    { target: "/" },
  ],
  "req destroyed": [
    (req, res, kit) => {
      watch(req, res, kit);
      req.destroy();
    },
    post,
  ],
  "req destroyed after the answer": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.end("x", () => req.destroy());
    },
    post,
  ],
  "detached socket": [
    (req, res, kit) => {
      res.end("x");
      res.on("finish", () => kit.record(`finish socket=${res.socket === null} req=${req.socket === null}`));
      res.on("close", () => kit.record(`close socket=${res.socket === null}`));
      kit.record(`same=${req.socket === res.socket} connection=${req.connection === req.socket}`);
    },
    { target: "/" },
  ],
  "response timeout": [
    (req, res, kit) => {
      watch(req, res, kit);
      res.setTimeout(10, () => {
        kit.record("timeout");
        res.statusCode = 503;
        res.end("slow");
      });
    },
    { target: "/" },
  ],
  "request signal": [
    (req, res, kit) => {
      kit.record(`signal ${typeof req.signal} ${req.signal?.aborted}`);
      res.on("close", () => setImmediate(() => kit.record(`later ${req.signal?.aborted}`)));
      res.end("x");
    },
    { target: "/" },
  ],
};

export const group = {
  title: "Order of events",
  cases: Object.entries(cases).map(([name, [listener, request]]) => ({
    name: `events: ${name}`,
    app: (kit) => (req, res) => listener(req, res, kit),
    steps: [request],
  })),
};
