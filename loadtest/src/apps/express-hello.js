import express from "express";

const app = express();
app.get("/", (_req, res) => res.send("Hello, world!\n"));
app.listen(Number(process.env.PORT ?? 3000));
