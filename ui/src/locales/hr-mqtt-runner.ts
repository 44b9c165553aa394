/** The Croatian texts for the runner's reports about MQTT brokers, by code. */
import type { RunnerTexts } from './runner-texts.ts';

type MqttTexts = Pick<RunnerTexts, 'mqttProblems' | 'mqttSteps'>;

export const hrMqttRunner: MqttTexts = {
  mqttProblems: {
    refused: {
      message: 'Na {{place}} ne sluša nijedan broker.',
      suggestion:
        'Pokrenite broker ili provjerite adresu i port. Mosquitto sluša samo na vlastitom računalu dok mu konfiguracija ne zada „listener”.',
    },
    auth: {
      message: 'Broker na {{place}} ne prihvaća korisnika ili lozinku.',
      suggestion: 'Upišite korisnika i lozinku koje broker poznaje (MQTT_USERNAME, MQTT_PASSWORD).',
    },
    'not-allowed': {
      message: 'Broker ovom korisniku ne dopušta svugdje čitati i pisati: {{detail}}.',
      suggestion:
        'Dopustite mu čitanje i pisanje ispod prefiksa: u Mosquittovu acl_file „topic readwrite <prefiks>/#”.',
    },
    dns: {
      message: 'Ime računala u {{place}} nije poznato.',
      suggestion: 'Provjerite kako je ime brokera napisano.',
    },
    tls: {
      message: 'Sigurna veza s {{place}} nije uspjela: {{reason}}.',
      suggestion:
        'Zadajte certifikat izdavatelja koji je potpisao brokerov (MQTT_CA_FILE) i ime koje u njemu piše. mqtts:// je za TLS portove (8883), mqtt:// za obične (1883).',
    },
    timeout: {
      message: '{{place}} nije na vrijeme odgovorio.',
      suggestion: 'Provjerite adresu i propušta li vatrozid taj port.',
    },
    protocol: {
      message: 'Broker na {{place}} ne može se koristiti: {{reason}}.',
      suggestion: 'Provjerite sluša li na tom portu MQTT broker.',
    },
    unavailable: {
      message: 'Broker na {{place}} trenutačno ne prima veze.',
      suggestion:
        'Broker upravo odbija veze: pogledajte njegov zapisnik (pun disk, previše klijenata). Runner sam pokušava ponovno.',
    },
    lost: {
      message: 'Veza s {{place}} je prekinuta.',
      suggestion: 'Runner je sam ponovno uspostavlja. Ako se to često događa, pogledajte zapisnik brokera.',
    },
    'port-taken': {
      message: 'Ugrađeni broker ne može slušati: port {{port}} je zauzet, najvjerojatnije drugim brokerom.',
      suggestion:
        'Koristite taj broker (vanjski, MQTT_BROKER_URL) ili ovome zadajte drugi port (MQTT_EMBEDDED_PORT).',
    },
    'cannot-listen': {
      message: 'Ugrađeni broker ne može slušati na {{place}}: {{reason}}.',
      suggestion:
        'Zadajte mu adresu ovog računala (MQTT_EMBEDDED_HOST); 127.0.0.1 vrijedi samo za ovo računalo, 0.0.0.0 za sve mreže.',
    },
    'ca-unreadable': {
      message: 'Certifikat {{file}} ne može se pročitati: {{reason}}.',
      suggestion: 'Provjerite putanju i smije li korisnik runnera čitati tu datoteku.',
    },
    'url-missing': {
      message: 'Nedostaje adresa brokera.',
      suggestion: 'Upišite je, na primjer mqtt://broker.example:1883.',
    },
    'broker-off': { message: 'Ugrađeni broker ne radi.', suggestion: 'Uključite MQTT način.' },
    settings: { message: 'Postavke se ne mogu primijeniti: {{reason}}', suggestion: 'Ispravite postavke.' },
  },
  mqttSteps: {
    connected: 'Spojeno, MQTT {{version}}.',
    'not-connected': 'Veza nije uspostavljena.',
    subscribed: 'Pretplata na {{topic}} prihvaćena.',
    'not-subscribed': 'Pretplata na {{topic}} nije uspjela.',
    returned: 'Poruka je otišla i vratila se.',
    'not-returned': 'Broker je primio poruku, ali je nije vratio.',
  },
};
