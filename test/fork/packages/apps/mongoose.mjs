import { createServer } from "node:http";
import mongoose from "mongoose";
import { answer } from "./contract.cjs";

mongoose.set("bufferTimeoutMS", 300);
const Visit = mongoose.model("Visit", new mongoose.Schema({ pid: Number, at: { type: Date, default: Date.now } }));
// No server of MongoDB runs: the connection is tried, and every query tells so.
mongoose.connect(process.env.MONGO_URL, { serverSelectionTimeoutMS: 300 }).catch(() => {});
const loadedId = String(new mongoose.Types.ObjectId());

createServer(async (_req, res) => {
  const visit = new Visit({ pid: process.pid });
  const failure = await visit.save().then(
    () => "saved",
    (error) => `${error.name}: ${error.message.replace(/`.*/, "")}`,
  );
  // Bytes 4 to 8 of an id stand for the process that made it.
  const maker = String(visit.id).slice(8, 18);
  res.end(JSON.stringify(await answer({ visit: visit.id }, { failure }, { loadedId, maker })));
}).listen(process.env.PORT);
