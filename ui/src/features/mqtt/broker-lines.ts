/** What other machines write into their .env to use this runner's own broker. Pure. */
import { isLoopback } from '#contract/tunnel-address';

/** Stands for the name of this machine where it is not known. */
const THIS_MACHINE = 'THIS-MACHINE';

const ANY_HOST = /^mqtt:\/\/(0\.0\.0\.0|\[::\])(?=:|$)/;

/** As other machines reach it: `pageHost` is the name by which the reader of this page reached this one. */
export function outerAddress(url: string, pageHost: string): string {
  return url.replace(ANY_HOST, `mqtt://${isLoopback(pageHost) ? THIS_MACHINE : pageHost}`);
}

/** Whether only this machine reaches it. */
export function isOnlyHere(url: string): boolean {
  const host = /^mqtt:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1] ?? '';
  return isLoopback(host);
}

export function brokerLines({
  url,
  username,
  password,
}: {
  url: string;
  username: string;
  password: string;
}): string {
  return [`MQTT_BROKER_URL=${url}`, `MQTT_USERNAME=${username}`, `MQTT_PASSWORD=${password}`].join('\n');
}
