/** Addresses of tunnels: how they are written, and where a listener can be reached. */

/** IPv6 in brackets. */
export function hostPort(host: string, port: number | string): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** Without brackets. Who listens on all addresses is asked on loopback. */
export function reachableHost(bindAddress: string): string {
  const host = bindAddress.replace(/^\[(.*)\]$/, '$1');
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

export function isLoopback(address: string): boolean {
  return /^(127\.[\d.]+|localhost|\[?::1\]?)$/.test(address);
}
