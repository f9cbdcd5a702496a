import Link from "next/link";
import "./style.css";

export const metadata = { title: "Harbour", description: "A small site in Next" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Harbour</Link>
          <Link href="/orders/42?from=nav">Order 42</Link>
          <Link href="/guestbook">Guest book</Link>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
