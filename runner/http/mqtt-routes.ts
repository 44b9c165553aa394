/** The MQTT mode: its state, settings, and a test of the broker. For the owner of the runner: API keys do not open it. */
import { Router } from 'express';
import { mqttSettingsInputSchema } from '#contract/mqtt';
import { PATHS } from '#contract/paths';
import type { MqttService } from '../remote/mqtt/mqtt-service.ts';
import { validate } from './validate.ts';

export function mqttRoutes({ mqtt }: { mqtt: MqttService }): Router {
  const router = Router();

  /** MqttStatus: connection, workers, endpoints, counters; the embedded broker's user and password while it runs. */
  router.get(PATHS.mqtt, (_req, res) => {
    res.set('cache-control', 'no-store').json({ ok: true, ...mqtt.status() });
  });

  /** `{ok, settings, hasPassword, fixed}`: as they are in force, the environment's among them. Never the password. */
  router.get(PATHS.mqttSettings, (_req, res) => {
    res.json({ ok: true, ...mqtt.settings() });
  });

  /** Body: MqttSettingsInput. Answers as GET, when they are in force; 400 INVALID_REQUEST for what the environment fixes, 507 STORAGE_FAILED. */
  router.put(PATHS.mqttSettings, async (req, res) => {
    await mqtt.change(validate(mqttSettingsInputSchema, req.body));
    res.json({ ok: true, ...mqtt.settings() });
  });

  /** Body: MqttSettingsInput, or none for the present settings. Answers MqttTest: 200 also when the broker does not answer. */
  router.post(PATHS.mqttTest, async (req, res) => {
    const input: unknown = req.body;
    const isGiven = typeof input === 'object' && input !== null && Object.keys(input).length > 0;
    res.json({ ok: true, ...(await mqtt.test(isGiven ? validate(mqttSettingsInputSchema, input) : null)) });
  });

  return router;
}
