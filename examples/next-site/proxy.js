import { NextResponse } from "next/server";

export const config = { matcher: ["/orders/:path*", "/berths/:path*"] };

/** Runs before the pages: berths have moved, and each answer about an order says which harbour gave it. */
export function proxy(request) {
  const { pathname } = request.nextUrl;
  if (pathname.startsWith("/berths/")) {
    return NextResponse.rewrite(new URL(pathname.replace("/berths/", "/orders/"), request.url));
  }
  const headers = new Headers(request.headers);
  headers.set("X-Pilot", request.cookies.get("guest")?.value ?? "nobody");
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("X-Harbour", "Ostrich Bay");
  response.cookies.set("seen", pathname, { path: "/" });
  return response;
}
