/** Every URL of the runner on one screen. `:id` parts are filled by `fillPath`. */
export const PATHS = {
  health: '/api/runner/health',
  launch: '/api/runner/launch',
  startScript: '/api/runner/start-bat',
  stop: '/api/runner/stop/:id',
  restart: '/api/runner/restart/:id',
  processes: '/api/runner/processes',
  process: '/api/runner/processes/:id',
  streamAll: '/api/runner/stream',
  stream: '/api/runner/stream/:id',
  logs: '/api/runner/logs/:id',
  ticket: '/api/runner/ticket',
  preview: '/api/launch/preview',
  launchContext: '/api/launch/context',
  hardwarePresets: '/api/launch/hardware-presets',
  profiles: '/api/launch/profiles',
  profilesExport: '/api/launch/profiles/export',
  profilesImport: '/api/launch/profiles/import',
  profile: '/api/launch/profiles/:id',
  profileDuplicate: '/api/launch/profiles/:id/duplicate',
  models: '/api/models',
  system: '/api/system',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs',
} as const;

/** `fillPath(PATHS.stop, 'llama_8000')` → `/api/runner/stop/llama_8000`. */
export function fillPath(path: string, id: string): string {
  return path.replace(':id', encodeURIComponent(id));
}
