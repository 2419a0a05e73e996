// An HTTP server and fetch, both inside the box, over the loopback, with a stream as the answer.
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const server = createServer(async (request, response) => {
  const got = await json(request);
  response.writeHead(201, { "content-type": "application/json" });
  for (const part of [`{"path": "${request.url}", `, `"got": ${JSON.stringify(got)}}`]) response.write(part);
  response.end();
}).listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${server.address().port}/echo?a=1`;
const reply = await fetch(url, { method: "POST", body: JSON.stringify({ n: [1, 2] }) });
console.log(reply.status, reply.headers.get("content-type"), await reply.json());
server.close();
server.closeAllConnections();
