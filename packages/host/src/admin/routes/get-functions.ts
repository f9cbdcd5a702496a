import { type AdminRoute, jsonAnswer } from "../route.ts";

/** `GET /functions`: an array of `FunctionInfo`. */
export const getFunctions: AdminRoute = ({ host }) => jsonAnswer(host.functions());
