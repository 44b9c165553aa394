/** Prints the URL of this machine's runner; exits with 3 where none responds. For the shell scripts. */
import { runWithRunner } from './runner-client.ts';

await runWithRunner(async ({ url }) => {
  console.log(url);
  return Promise.resolve(true);
});
