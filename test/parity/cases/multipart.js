const BOUNDARY = "----parity";
/** Every byte there is. */
export const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** A multipart body of fields and files. */
export function multipart(parts) {
  const pieces = parts.flatMap(({ name, filename, type, data }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n`,
    type === undefined ? "\r\n" : `Content-Type: ${type}\r\n\r\n`,
    data,
    "\r\n",
  ]);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
}

/** Header that goes with the bodies. */
export const multipartType = ["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`];
/** Two fields and two files. */
export const upload = multipart([
  { name: "title", data: "grüße" },
  { name: "file", filename: "a.bin", type: "application/octet-stream", data: binary },
  { name: "file", filename: "b.txt", type: "text/plain", data: "text\r\n--not a boundary" },
  { name: "title", data: "" },
]);
