import { findShape } from "../platform/shapes.ts";
import { install } from "./install.ts";

// Without the variable nothing is replaced, so that a plain run is the same command line.
const name = process.env.TIDEGATE_PARITY_SHAPE;
if (name !== undefined && name !== "" && name !== "plain") install(findShape(name));
