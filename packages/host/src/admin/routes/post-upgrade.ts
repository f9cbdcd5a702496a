import { HostError } from "../../errors.ts";
import { type AdminRoute, jsonAnswer } from "../route.ts";

/** `POST /upgrade`: replaces the host by a new process; answers an `Upgrade` once that serves. */
export const postUpgrade: AdminRoute = async ({ actions }) => {
  if (actions === null) {
    throw new HostError("TIDEGATE_ADMIN_NOT_FOUND", "Cannot upgrade the host: it runs inside another program");
  }
  return jsonAnswer(await actions.upgrade());
};
