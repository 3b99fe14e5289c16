/** The limit: an Express 5 route that answers the same bodies from memory and does nothing else. */
import express from "express";
import { serve } from "./serve.ts";

const { bodies }: { bodies: Record<string, object> } = JSON.parse(process.argv[2] ?? "");
const app = express();
app.get("/api/v1/marketplace/packages/:id", (request, response) => {
  response.json(bodies[request.params.id]);
});
serve(app);
