import { HostError } from "../../errors.ts";
import { type AdminRoute, errorAnswer, jsonAnswer } from "../route.ts";

/**
 * `POST /reload`: reads the configuration again and applies it; answers an array of `Change` once that serves. The body, if
 * there is one, is `{ "functions": [...] }`: names of those that get a new revision in any case.
 */
export const postReload: AdminRoute = async ({ actions, body }) => {
  if (actions === null) {
    throw new HostError(
      "TIDEGATE_ADMIN_NOT_FOUND",
      "Cannot reload the host: the program it runs in reads no configuration",
    );
  }
  const names = namesOf(body);
  if (names === null) {
    return errorAnswer(400, "TIDEGATE_ADMIN_INVALID", 'Cannot read the body: expected { "functions": ["name"] }');
  }
  return jsonAnswer(await actions.reload(names));
};

function namesOf(body: unknown): readonly string[] | null {
  if (body === null) return [];
  const { functions = [] } = body as { readonly functions?: unknown };
  const isList = Array.isArray(functions) && functions.every((name) => typeof name === "string");
  return isList ? functions : null;
}
