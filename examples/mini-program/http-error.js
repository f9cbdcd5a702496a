/** What a handler throws to end a request with a status and a JSON body. */
export class HttpError extends Error {
  constructor(status, code, message, options) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

// Errors of the body parsers, by their own codes.
const KNOWN = {
  "entity.parse.failed": [400, "malformed_json", "The body is not valid JSON"],
  "entity.too.large": [413, "too_large", "The body is too large"],
  "encoding.unsupported": [415, "unsupported_encoding", "This content encoding is not supported"],
  "charset.unsupported": [415, "unsupported_charset", "This charset is not supported"],
  LIMIT_FILE_SIZE: [413, "too_large", "The image is larger than 5 MB"],
  LIMIT_UNEXPECTED_FILE: [422, "unexpected_file", 'Send one file, in the field "image"'],
};

export function notFound(req) {
  throw new HttpError(404, "not_found", `Nothing at ${req.method} ${req.path}`);
}

// Express tells an error handler by its four parameters.
export function sendError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const [status, code, message] = describe(error);
  if (status >= 500) console.error(error);
  if (status === 401) res.set("WWW-Authenticate", "Bearer");
  res.status(status).json({ error: { code, message } });
}

function describe(error) {
  if (error instanceof HttpError) return [error.status, error.code, error.message];
  const known = KNOWN[error.type] ?? KNOWN[error.code];
  if (known) return known;
  if (error.status >= 400 && error.status < 500) return [error.status, "bad_request", error.message];
  return [500, "internal", "Something went wrong"];
}
