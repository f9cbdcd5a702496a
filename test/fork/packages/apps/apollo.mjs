import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { answer } from "./contract.cjs";

const typeDefs = "type Query { answer: String! }";
const resolvers = { Query: { answer: async () => JSON.stringify(await answer({}, { from: "apollo" })) } };
const server = new ApolloServer({ typeDefs, resolvers, csrfPrevention: false });
await startStandaloneServer(server, { listen: { port: Number(process.env.PORT) } });
