/** Writes flags with their values, leaving out what the form leaves open. Which flags there are is each recipe's own business. */
type FlagValue = string | number | undefined;

/** `[['-c', 4096], ['--alias', undefined]]` → `['-c', '4096']`. An empty text counts as not given. */
export function givenFlags(flags: readonly (readonly [string, FlagValue])[]): string[] {
  return flags.flatMap(([flag, value]) => (value === undefined || value === '' ? [] : [flag, String(value)]));
}

/** 0 threads means "let the server choose": no flag at all. */
export function threadsOf(threads: number | undefined): number | undefined {
  return threads === 0 ? undefined : threads;
}

/** true and false as llama.cpp's flags write them. */
export function onOff(isOn: boolean | undefined): 'on' | 'off' | undefined {
  if (isOn === undefined) return undefined;
  return isOn ? 'on' : 'off';
}
