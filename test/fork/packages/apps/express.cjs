const express = require("express");
const { answer } = require("./contract.cjs");

const app = express();
app.get("/", async (req, res) => res.json(await answer({}, { ip: req.ip, url: req.originalUrl })));
app.listen(process.env.PORT);
