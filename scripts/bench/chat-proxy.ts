/** The least that a Node gateway can do: a proxy that pipes. `node chat-proxy.ts <upstream URL>`. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const [upstream = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const server = createServer((incoming, outgoing) => {
  const { method, headers } = incoming;
  const order = request(upstream + (incoming.url ?? ''), { method: method ?? 'GET', headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(order);
});
server.listen(0, '127.0.0.1', 1_000, () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
