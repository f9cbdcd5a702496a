import { createServer } from "node:http";
import { PrismaPg } from "@prisma/adapter-pg";
import { answer } from "./contract.cjs";

const { PrismaClient } = await import(process.env.PRISMA_CLIENT);
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.PG_URL, max: 1 }) });
await prisma.$connect();

createServer(async (_req, res) => {
  const visit = await prisma.visit.create({ data: { pid: process.pid } });
  const found = await prisma.visit.findUnique({ where: { id: visit.id } });
  const [{ backend }] = await prisma.$queryRaw`SELECT pg_backend_pid() AS backend`;
  const same = { isOwnRow: found.pid === process.pid, uid: found.uid === visit.uid };
  res.end(JSON.stringify(await answer({ id: visit.id, uid: visit.uid }, same, { backend })));
}).listen(process.env.PORT);
