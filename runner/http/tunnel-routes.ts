/** Tunnels: list, make, change, remove, start, stop, ask, try, and what to set up on the other machine. */
import { Router } from 'express';
import type { Request } from 'express';
import { PATHS } from '#contract/paths';
import { tunnelChangeSchema, tunnelInputSchema } from '#contract/tunnel';
import type { Tunnel } from '#contract/tunnel';
import type { TunnelRegistry } from '../remote/tunnels/tunnel-registry.ts';
import { idOf, validate } from './validate.ts';

/** Every route with an id answers 404 TUNNEL_NOT_FOUND for an unknown one, every change 507 STORAGE_FAILED. Keys are never answered. */
export function tunnelRoutes({ tunnels }: { tunnels: TunnelRegistry }): Router {
  const router = Router();

  /** `{ok, tunnels: [Tunnel]}`, in the order in which they were made. */
  router.get(PATHS.tunnels, (_req, res) => {
    res.json({ ok: true, tunnels: tunnels.list() });
  });

  /** Body: TunnelInput. Answers 201 `{ok, tunnel}` at once: it is connecting; 409 TUNNEL_EXISTS for a name or a port in use. */
  router.post(PATHS.tunnels, async (req, res) => {
    res.status(201).json({ ok: true, tunnel: await tunnels.create(validate(tunnelInputSchema, req.body)) });
  });

  /** Body: TunnelInput. Answers `{ok, steps, problem}` when it is clear how far it comes, after half a minute at the most. */
  router.post(PATHS.tunnelTest, async (req, res) => {
    res.json({ ok: true, ...(await tunnels.test(validate(tunnelInputSchema, req.body))) });
  });

  router.get(PATHS.tunnel, (req, res) => {
    res.json({ ok: true, tunnel: tunnels.get(idOf(req)) });
  });

  /** Body: fields of a TunnelInput; absent ones stay. PUT and PATCH are the same. Answers `{ok, tunnel}`; 409 TUNNEL_EXISTS. */
  const change = async (req: Request): Promise<{ ok: true; tunnel: Tunnel }> => {
    return { ok: true, tunnel: await tunnels.change(idOf(req), validate(tunnelChangeSchema, req.body)) };
  };
  router.put(PATHS.tunnel, async (req, res) => {
    res.json(await change(req));
  });
  router.patch(PATHS.tunnel, async (req, res) => {
    res.json(await change(req));
  });

  /** Answers `{ok}` when its ssh is gone. */
  router.delete(PATHS.tunnel, async (req, res) => {
    await tunnels.remove(idOf(req));
    res.json({ ok: true });
  });

  /** Answers `{ok, tunnel}`: it is connecting. At once, or when a stop or a change that came before is done. */
  router.post(PATHS.tunnelStart, async (req, res) => {
    res.json({ ok: true, tunnel: await tunnels.startTunnel(idOf(req)) });
  });

  /** Answers `{ok, tunnel}` when its ssh is gone. */
  router.post(PATHS.tunnelStop, async (req, res) => {
    res.json({ ok: true, tunnel: await tunnels.stopTunnel(idOf(req)) });
  });

  /** Answers `{ok, tunnel}` after a fresh question through it. */
  router.post(PATHS.tunnelProbe, async (req, res) => {
    res.json({ ok: true, tunnel: await tunnels.probe(idOf(req)) });
  });

  /** TunnelSetup. */
  router.get(PATHS.tunnelSetup, async (req, res) => {
    res.json({ ok: true, ...(await tunnels.setup(idOf(req))) });
  });

  /** After a person has made sure that the host key did change. Answers `{ok, tunnel}`; 400 INVALID_REQUEST where it stands in `~/.ssh/known_hosts`. */
  router.post(PATHS.tunnelForgetHostKey, async (req, res) => {
    res.json({ ok: true, tunnel: await tunnels.forgetHostKey(idOf(req)) });
  });

  return router;
}
