import express from "express";

// As express-hello.js, and answers with the moments in which this instance got where, on the clock of the whole machine.
const marks = {};
const mark = (name) => {
  marks[name] = Number(process.hrtime.bigint()) / 1e6;
};

// What `onFork` of @tidegate/http does; that is not loaded here, so that this app loads what the other one does.
const callbacks = Symbol.for("tidegate.onFork");
globalThis[callbacks] ??= new Set();
globalThis[callbacks].add(() => mark("forked"));

const app = express();
app.get("/", (_req, res) => {
  mark("asked");
  res.set("X-Marks", JSON.stringify(marks)).send("Hello, world!\n");
});
app.listen(Number(process.env.PORT ?? 3000), () => mark("listening"));
