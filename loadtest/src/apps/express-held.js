import express from "express";

// Answers at once, and ends its answer when the request's body ends: so long the request holds its place in the instance.
const app = express();
app.get("/", (_req, res) => res.send("Hello, world!\n"));
app.post("/", (req, res) => {
  res.set("X-Pid", String(process.pid)).type("text").write("Hello, world!\n");
  req.on("end", () => res.end());
  req.resume();
});
app.listen(Number(process.env.PORT ?? 3000));
