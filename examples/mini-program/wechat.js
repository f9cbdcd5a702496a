import { HttpError } from "./http-error.js";
import { codeToSession } from "./upstream.js";

const TIMEOUT_MS = 5000;

const FAILURES = {
  40029: [401, "invalid_code", "WeChat does not know this code"],
  40163: [401, "used_code", "This code was used before"],
  40226: [403, "blocked_user", "WeChat blocks this user"],
  45011: [429, "too_many_logins", "Too many logins, try again in a minute"],
  "-1": [503, "wechat_busy", "WeChat is busy, try again"],
};

/** Exchanges the code of `wx.login()` for the user's openid. */
export function createWechat({ WECHAT_API_URL, WECHAT_APPID = "wx-demo", WECHAT_SECRET = "" }) {
  const ask = WECHAT_API_URL ? (query) => fetchSession(WECHAT_API_URL, query) : codeToSession;

  return async function openidOf(code) {
    const query = { appid: WECHAT_APPID, secret: WECHAT_SECRET, js_code: code, grant_type: "authorization_code" };
    const answer = await ask(query);
    if (answer.errcode) {
      const failure = FAILURES[answer.errcode] ?? [502, "wechat_refused", `WeChat refused with ${answer.errcode}`];
      throw new HttpError(...failure);
    }
    if (!answer.openid) throw new HttpError(502, "wechat_broken", "WeChat answered without an openid");
    // The session_key decrypts what WeChat knows of the user. This shop needs none of it, so it keeps none.
    return answer.openid;
  };
}

async function fetchSession(baseUrl, query) {
  const url = new URL("/sns/jscode2session", baseUrl);
  url.search = new URLSearchParams(query);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`Status ${response.status}`);
    return JSON.parse(await response.text());
  } catch (cause) {
    if (cause.name === "TimeoutError") throw new HttpError(504, "wechat_timeout", "WeChat took too long", { cause });
    throw new HttpError(502, "wechat_unreachable", "WeChat cannot be reached", { cause });
  }
}
