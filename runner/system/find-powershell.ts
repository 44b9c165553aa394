/** The name under which PowerShell is called here. */
import { findOnPath } from './find-on-path.ts';
import type { SearchPlace } from './find-on-path.ts';

/** PowerShell 7 goes before Windows PowerShell 5.1; null where there is none. */
export function findPowershell(place: SearchPlace): string | null {
  return ['pwsh', 'powershell'].find((name) => findOnPath(name, place) !== null) ?? null;
}
