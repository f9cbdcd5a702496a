import { type AdminRoute, jsonAnswer } from "../route.ts";

/** `GET /instances`: an array of `InstanceInfo`. */
export const getInstances: AdminRoute = ({ host }) => jsonAnswer(host.instances());
