import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

// Codes beginning so are answered with WeChat's own error numbers, to try them without WeChat.
const FAILURES = [
  ["bad", 40029, "invalid code"],
  ["used", 40163, "code been used"],
  ["often", 45011, "api minute-quota reach limit, please retry next minute"],
  ["busy", -1, "system error"],
];

/**
 * Stands in for WeChat's `jscode2session`: the same code always means the same person.
 * (The real one takes each code once, within five minutes.)
 */
export function codeToSession({ appid, js_code: code }) {
  if (!code) return { errcode: 41008, errmsg: "missing code" };
  const failure = FAILURES.find(([prefix]) => code.startsWith(prefix));
  if (failure) return { errcode: failure[1], errmsg: failure[2] };
  return { openid: `o${digest(`openid ${appid} ${code}`).slice(0, 27)}`, session_key: digest(`key ${code}`) };
}

function digest(text) {
  return createHash("sha256").update(text).digest("base64url");
}

function answer(req, res) {
  const url = new URL(req.url, "http://upstream");
  if (url.pathname !== "/sns/jscode2session") return res.writeHead(404).end();
  // WeChat itself sends this JSON as text/plain.
  res.writeHead(200, { "Content-Type": "text/plain" });
  res.end(JSON.stringify(codeToSession(Object.fromEntries(url.searchParams))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3001);
  createServer(answer).listen(port, process.env.HOST, () => console.log(`Stand-in for WeChat on port ${port}`));
}
