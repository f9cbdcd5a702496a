import { jwtVerify, SignJWT } from "jose";
import { HttpError } from "./http-error.js";

const LIFETIME = "7d";

/** Signed sessions: any instance that knows the secret can check one without asking the store. */
export function createSessions({ store, secret }) {
  let key;

  async function signingKey() {
    key ??= new TextEncoder().encode(secret || (await (await store()).secret()));
    return key;
  }

  async function issue(userId) {
    return await new SignJWT()
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(await signingKey());
  }

  async function requireUser(req, _res, next) {
    const token = /^Bearer +(\S+)$/i.exec(req.get("authorization") ?? "")?.[1];
    if (!token) throw new HttpError(401, "no_session", "Log in first");
    const secretKey = await signingKey();
    try {
      const { payload } = await jwtVerify(token, secretKey, { algorithms: ["HS256"], requiredClaims: ["sub", "exp"] });
      req.userId = payload.sub;
    } catch (cause) {
      throw new HttpError(401, "bad_session", "This session is not valid, log in again", { cause });
    }
    next();
  }

  return { issue, requireUser };
}
