"use client";

import { useActionState } from "react";
import { sign } from "./actions.js";

export function SignForm() {
  const [state, action, isPending] = useActionState(sign, {});
  return (
    <form action={action}>
      <input name="name" aria-label="Your name" placeholder="Your name" />
      <button type="submit" disabled={isPending}>
        Sign
      </button>
      <p role="status">{state.error ?? state.greeting ?? ""}</p>
    </form>
  );
}
