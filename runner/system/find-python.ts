/** The name under which Python is called here. Which packages it has is not looked at. */
import { findOnPath } from './find-on-path.ts';
import type { SearchPlace } from './find-on-path.ts';

/** "python" where none is found: the launch then says that it is missing. */
export function findPython(place: SearchPlace): string {
  // On Windows "python3" may be the stub that opens the store; elsewhere "python" may be Python 2 or nothing.
  const names = place.platform === 'win32' ? ['python', 'py', 'python3'] : ['python3', 'python'];
  return names.find((name) => findOnPath(name, place) !== null) ?? 'python';
}
