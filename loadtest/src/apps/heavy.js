import { createHash } from "node:crypto";
import { createServer } from "node:http";

// As an app that works for its answer, some milliseconds each: it reads and writes JSON, hashes, and fills a template.
const goods = Array.from({ length: 1600 }, (_, id) => ({
  id,
  name: `Article ${id}`,
  tags: ["harbour", "tide", `t${id % 7}`],
  price: (id * 37) % 991,
  text: "The tide comes in and goes out again. ".repeat(4),
}));
const stored = JSON.stringify(goods);

function page() {
  const parsed = JSON.parse(stored).filter(({ price }) => price % 3 !== 0);
  parsed.sort((a, b) => a.price - b.price || a.id - b.id);
  const rows = parsed.map(({ id, name, tags, price, text }) => {
    const sum = createHash("sha256").update(`${id}${text}`).digest("hex").slice(0, 16);
    return `<li id="${sum}">${name.toUpperCase()} ${price.toFixed(2)} ${tags.join(", ")} ${text.replace(/tide/g, "<b>tide</b>")}</li>`;
  });
  const json = JSON.stringify({ parsed, at: rows.length });
  return `<ul data-sum="${createHash("sha256").update(json).digest("hex")}">${rows.join("\n")}</ul>\n`;
}

createServer((_req, res) => {
  const body = page();
  res.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Length": Buffer.byteLength(body) });
  res.end(body);
}).listen(process.env.SOCKET ?? Number(process.env.PORT ?? 3000));
