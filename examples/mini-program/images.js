import { createHash } from "node:crypto";
import { Router } from "express";
import multer from "multer";
import { HttpError } from "./http-error.js";
import { imageType } from "./image-type.js";

const MAX_BYTES = 5 * 1024 * 1024;

export function imageRoutes({ store, requireUser }) {
  const routes = Router();
  const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: MAX_BYTES, files: 1, fields: 0 } });

  routes.post("/images", requireUser, requireMultipart, receive(upload.single("image")), async (req, res) => {
    if (!req.file) throw new HttpError(422, "no_image", 'Send a file in the field "image"');
    const bytes = req.file.buffer;
    const type = imageType(bytes);
    if (!type) throw new HttpError(415, "not_an_image", "Only PNG, JPEG, GIF and WebP are taken");
    // Named by content: the same picture is kept once, and what a name means never changes.
    const id = createHash("sha256").update(bytes).digest("base64url");
    await (await store()).saveImage({ id, type, bytes, userId: req.userId });
    res.status(201).location(`${req.baseUrl}/images/${id}`).json({ id, type, bytes: bytes.length });
  });

  routes.get("/images/:id", async (req, res) => {
    const image = await (await store()).image(req.params.id);
    if (!image) throw new HttpError(404, "no_such_image", `No image "${req.params.id}"`);
    res.set({
      ETag: `"${req.params.id}"`,
      "Cache-Control": "public, max-age=31536000, immutable",
      "Content-Type": image.type,
      "X-Content-Type-Options": "nosniff",
    });
    // Answers 304 by itself when If-None-Match has the ETag.
    res.send(image.bytes);
  });

  return routes;
}

function requireMultipart(req, _res, next) {
  if (!req.is("multipart/form-data")) throw new HttpError(415, "not_multipart", "Send multipart/form-data");
  next();
}

// What the form parser itself cannot read carries neither a status nor a code; it is the client's mistake.
function receive(middleware) {
  return (req, res, next) => {
    middleware(req, res, (error) => {
      next(error && !error.code ? new HttpError(400, "malformed_form", error.message, { cause: error }) : error);
    });
  };
}
