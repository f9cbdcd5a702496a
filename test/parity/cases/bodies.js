import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import bodyParser from "body-parser";
import { create } from "./create.js";
import { binary, multipartType, upload } from "./multipart.js";

const require = createRequire(import.meta.url);
const json = ["Content-Type", "application/json"];
const form = ["Content-Type", "application/x-www-form-urlencoded"];

const sendBody = (req, res) =>
  res.json({ body: Buffer.isBuffer(req.body) ? req.body.toString("hex") : (req.body ?? "none") });
const post = (headers, body, target = "/") => ({ method: "POST", target, headers, body });

export const group = {
  title: "Bodies and uploads",
  cases: [
    {
      name: "body-parser: inflates, verifies, limits",
      app: (kit) =>
        create(
          bodyParser.json({ limit: "10kb", verify: (_req, _res, bytes) => kit.record(`verified ${bytes.length}`) }),
          bodyParser.urlencoded({ extended: false, parameterLimit: 3 }),
          bodyParser.text({ type: "text/*", defaultCharset: "latin1" }),
          bodyParser.raw({ type: "image/*" }),
        ).use(sendBody),
      steps: [
        post([json, ["Content-Encoding", "gzip"]], gzipSync('{"zip":"gzip"}')),
        post([json, ["Content-Encoding", "deflate"]], deflateSync('{"zip":"deflate"}')),
        post([json, ["Content-Encoding", "br"]], brotliCompressSync('{"zip":"br"}')),
        post([json, ["Content-Encoding", "bogus"]], "{}"),
        post([json, ["Content-Encoding", "gzip"]], "not zipped"),
        post([json], JSON.stringify("x".repeat(20_000))),
        post([form], "a=1&b=2"),
        post([form], "a=1&b=2&c=3&d=4"),
        post([["Content-Type", "text/html; charset=utf-8"]], "<p>ü"),
        post([["Content-Type", "text/plain"]], Buffer.from("ü", "latin1")),
        post([["Content-Type", "image/png"]], binary),
        post([["Content-Type", "application/json; charset=utf-16"]], Buffer.from('\ufeff{"wide":1}', "utf16le")),
      ],
    },
    {
      name: "multer: memory",
      app: () => {
        const multer = require("multer");
        return create().post("/", multer({ storage: multer.memoryStorage() }).array("file"), (req, res) =>
          res.json({
            fields: req.body,
            files: req.files.map(({ buffer, ...file }) => ({ ...file, hex: buffer.toString("hex") })),
          }),
        );
      },
      steps: [post([multipartType], upload), post([multipartType], [upload.subarray(0, 100), upload.subarray(100)])],
    },
    {
      name: "multer: disk",
      app: (kit) => {
        const multer = require("multer");
        const storage = multer.diskStorage({
          destination: join(kit.folder, "uploads"),
          filename: (_req, file, done) => done(null, file.originalname),
        });
        mkdirSync(join(kit.folder, "uploads"), { recursive: true });
        return create().post("/", multer({ storage }).any(), (req, res) =>
          res.json(req.files.map((file) => [file.filename, file.size, readFileSync(file.path, "hex")])),
        );
      },
      steps: [post([multipartType], upload)],
    },
    {
      name: "multer: limits and errors",
      app: () => {
        const multer = require("multer");
        const app = create().post("/", multer({ limits: { fileSize: 10 } }).single("file"), (_req, res) =>
          res.send("fine"),
        );
        return app.use((error, _req, res, _next) => res.status(400).json({ code: error.code, message: error.message }));
      },
      steps: [
        post([multipartType], upload),
        post([multipartType], upload.subarray(0, 200)),
        post([["Content-Type", "multipart/form-data"]], upload),
      ],
    },
    {
      name: "busboy",
      app: () => (req, res) => {
        const busboy = require("busboy")({ headers: req.headers });
        const seen = [];
        busboy.on("field", (name, value) => seen.push([name, value]));
        busboy.on("file", (name, stream, info) => {
          const chunks = [];
          stream.on("data", (chunk) => chunks.push(chunk));
          stream.on("end", () => seen.push([name, info, Buffer.concat(chunks).toString("hex")]));
        });
        busboy.on("close", () => res.end(JSON.stringify(seen)));
        req.pipe(busboy);
      },
      steps: [post([multipartType], upload)],
    },
    {
      name: "formidable",
      app: () => async (req, res) => {
        const { default: formidable } = await import("formidable");
        const [fields, files] = await formidable({ hashAlgorithm: "sha1" }).parse(req);
        const list = Object.values(files)
          .flat()
          .map(({ size, originalFilename, mimetype, hash }) => ({ size, originalFilename, mimetype, hash }));
        // In the order in which the files were written, which differs from run to run.
        list.sort((a, b) => a.size - b.size);
        res.end(JSON.stringify({ fields, list }));
      },
      steps: [post([multipartType], upload), post([form], "a=1&b=2")],
    },
  ],
};
