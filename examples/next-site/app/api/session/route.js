import { cookies } from "next/headers";

export async function POST() {
  const jar = await cookies();
  jar.set("guest", "Ann", { httpOnly: true, sameSite: "lax" });
  jar.set("theme", "dark blue", { path: "/", maxAge: 60 });
  return Response.json({ guest: "Ann" }, { headers: { "X-Request-Kind": "session" } });
}

export async function DELETE() {
  (await cookies()).delete("guest");
  return new Response(null, { status: 204 });
}
