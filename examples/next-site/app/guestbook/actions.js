"use server";

import { cookies } from "next/headers";

const MAX_LENGTH = 40;

// The name is kept with the guest, in a cookie: any instance can greet again.
export async function sign(_previous, form) {
  const name = String(form.get("name") ?? "").trim();
  if (name === "" || name.length > MAX_LENGTH) return { error: `A name has 1 to ${MAX_LENGTH} characters` };
  (await cookies()).set("guest", name, { httpOnly: true, sameSite: "lax" });
  return { greeting: `Welcome, ${name}` };
}
