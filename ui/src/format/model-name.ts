/** Shortens a model's name, which is often its file's path: `presets/models/tiny-chat.gguf` → `tiny-chat`. */
export function shortModelName(model: string): string {
  const name = model.split(/[\\/]/).at(-1) ?? model;
  return name.replace(/\.gguf$/i, '');
}
