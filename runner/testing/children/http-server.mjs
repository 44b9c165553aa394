// `node http-server.mjs <port> [loading ms]`: /health answers 503 until loaded, then 200.
import { createServer } from 'node:http';
const [port, loadingMs] = process.argv.slice(2).map(Number);
const loadedAt = performance.now() + (loadingMs || 0);
createServer((req, res) => {
  res.writeHead(performance.now() < loadedAt ? 503 : 200).end('{}');
}).listen(port, '127.0.0.1', () => console.log(`listening on ${port}`));
