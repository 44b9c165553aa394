/** Why a broker cannot be used, and what a test of it found: closed lists of codes, each with its English texts. */
import { fillText, type TextValues, type ValuesFor } from './text-values.ts';

/** "lost": it was connected before; "not-allowed": the broker's access list; "settings": they cannot be used, for a reason that has no code. */
export const MQTT_PROBLEM_TEXTS = {
  refused: {
    message: 'Nothing listens at {{place}}.',
    suggestion:
      'Start the broker, or check host and port. Mosquitto listens on loopback only until its configuration names a listener.',
  },
  auth: {
    message: 'The broker at {{place}} refused the user or the password.',
    suggestion: 'Enter the user and password that the broker knows (MQTT_USERNAME, MQTT_PASSWORD).',
  },
  'not-allowed': {
    message: 'The broker does not let this user read and write everywhere: {{detail}}.',
    suggestion:
      'Let this user read and write below the prefix: in Mosquitto’s acl_file "topic readwrite <prefix>/#".',
  },
  dns: {
    message: 'The host name of {{place}} is not known.',
    suggestion: 'Check the host name of the broker.',
  },
  tls: {
    message: 'The secure connection to {{place}} failed: {{reason}}.',
    suggestion:
      'Give the certificate of the authority that signed the broker’s (MQTT_CA_FILE), and use the name that stands in it. mqtts:// is for TLS ports (8883), mqtt:// for plain ones (1883).',
  },
  timeout: {
    message: '{{place}} did not answer in time.',
    suggestion: 'Check the address, and that a firewall lets the port through.',
  },
  protocol: {
    message: 'The broker at {{place}} cannot be used: {{reason}}.',
    suggestion: 'Check that an MQTT broker listens on that port.',
  },
  unavailable: {
    message: 'The broker at {{place}} takes no connections now.',
    suggestion:
      'The broker turns connections away just now: look at its log (full disk, too many clients). It is tried again by itself.',
  },
  lost: {
    message: 'The connection to {{place}} was closed.',
    suggestion: 'It is connected again by itself. If that happens often, look at the broker’s log.',
  },
  'port-taken': {
    message: 'The embedded broker cannot listen: port {{port}} is taken, most likely by another broker.',
    suggestion:
      'Use that broker (external, MQTT_BROKER_URL), or give this one another port (MQTT_EMBEDDED_PORT).',
  },
  'cannot-listen': {
    message: 'The embedded broker cannot listen on {{place}}: {{reason}}.',
    suggestion:
      'Give it an address of this machine (MQTT_EMBEDDED_HOST); 127.0.0.1 is for this machine only, 0.0.0.0 for all networks.',
  },
  'ca-unreadable': {
    message: 'The certificate {{file}} cannot be read: {{reason}}.',
    suggestion: 'Check the path, and that the user of the runner may read the file.',
  },
  'url-missing': {
    message: 'The address of the broker is missing.',
    suggestion: 'Enter it, as mqtt://broker.example:1883.',
  },
  'broker-off': { message: 'The embedded broker is not running.', suggestion: 'Switch the MQTT mode on.' },
  settings: { message: '{{reason}}', suggestion: 'Correct the settings.' },
} as const;

export type MqttProblemCode = keyof typeof MQTT_PROBLEM_TEXTS;

export type MqttProblemValues<Code extends MqttProblemCode> = ValuesFor<
  (typeof MQTT_PROBLEM_TEXTS)[Code]['message']
>;

/** A problem before it is known since when there is one. */
export interface FoundMqttProblem {
  code: MqttProblemCode;
  message: string;
  suggestion: string;
  values: TextValues;
}

export function foundMqttProblem<Code extends MqttProblemCode>(
  code: Code,
  values: MqttProblemValues<Code>,
): FoundMqttProblem {
  const { message, suggestion } = MQTT_PROBLEM_TEXTS[code];
  return { code, message: fillText(message, values), suggestion, values };
}

export const MQTT_STEP_TEXTS = {
  connected: 'Connected with MQTT {{version}}.',
  'not-connected': 'No connection came about.',
  subscribed: 'Subscribed to {{topic}}.',
  'not-subscribed': 'The subscription to {{topic}} failed.',
  returned: 'A message went there and back.',
  'not-returned': 'The broker took the message and did not bring it back.',
} as const;

export type MqttStepCode = keyof typeof MQTT_STEP_TEXTS;

export function mqttStepText<Code extends MqttStepCode>(
  code: Code,
  values: ValuesFor<(typeof MQTT_STEP_TEXTS)[Code]>,
) {
  return { code, message: fillText(MQTT_STEP_TEXTS[code], values), values };
}
