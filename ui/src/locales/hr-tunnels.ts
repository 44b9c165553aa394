/** The Croatian texts for the runner's reports about tunnels, by code. */
import type { RunnerTexts } from './runner-texts.ts';

const START_SERVER = 'Ondje pokrenite poslužitelj modela ili ispravite adresu i port tunela.';
const CHECK_ADDRESS = 'Provjerite adresu i port. Radi li ondje sshd i propušta li vatrozid port {{port}}?';
const ADD_KEY =
  'Ondje dodajte njegov javni ključ u ~/.ssh/authorized_keys pravog korisnika (redak je u postavljanju ovog tunela) i provjerite korisničko ime. Ključ sa zaporkom mora biti u ssh agentu.';
const FREE_PORT = 'Zaustavite taj program ili odaberite drugi lokalni port.';

type TunnelTexts = Pick<RunnerTexts, 'tunnelProblems' | 'tunnelSteps' | 'tunnelNotes'>;

export const hrTunnels: TunnelTexts = {
  tunnelProblems: {
    'key-refused': { message: '{{host}} je odbio ključ {{key}}.', suggestion: ADD_KEY },
    'key-refused-unnamed': {
      message: '{{host}} je odbio sve ključeve koje ssh sam nudi.',
      suggestion: `Odaberite datoteku ključa za ovaj tunel. ${ADD_KEY}`,
    },
    'host-key-changed': {
      message:
        'Ključ računala {{name}} nije onaj koji je bio poznat: računalo je ponovno instalirano ili je na putu napadač. ssh se ne spaja.',
      suggestion:
        'Pitajte administratora tog računala je li se ključ promijenio. Ako jest, zaboravite stari i spojite se ponovno: ssh-keygen -f "{{file}}" -R "{{name}}"',
    },
    'host-key-refused': {
      message: 'ssh ne prihvaća ključ računala {{host}}.',
      suggestion:
        'Pogledajte zapisnik ovog tunela. Ključ je možda opozvan ili ~/.ssh/config traži ključeve kojih to računalo nema.',
    },
    'remote-port-busy': {
      message:
        '{{host}} ne može slušati na portu {{port}}: ondje je zauzet, najvjerojatnije prijašnjom sesijom koja još nije završila.',
      suggestion:
        'Pokušava se ponovno svakih nekoliko sekundi. Koji ga program zauzima, ondje pokazuje: sudo ss -ltnp "sport = :{{port}}". Uz ClientAliveInterval 15 u sshd_config takve sesije završavaju same. Ako je u authorized_keys permitlisten, provjerite dopušta li ovaj port.',
    },
    'forwarding-prohibited': {
      message: 'sshd na računalu {{host}} ne dopušta ovo prosljeđivanje ({{target}}).',
      suggestion:
        'U njegovu sshd_config postavite AllowTcpForwarding yes, a permitlisten i permitopen ključa u authorized_keys neka dopuste {{target}}. Redak je u postavljanju ovog tunela.',
    },
    'local-port-busy': { message: 'Port {{port}} ovog računala zauzima {{holder}}.', suggestion: FREE_PORT },
    'local-port-busy-unnamed': { message: 'Port {{port}} ovog računala je zauzet.', suggestion: FREE_PORT },
    'host-unknown': {
      message: 'Ime računala {{host}} nije poznato.',
      suggestion: 'Provjerite kako je napisano i DNS ovog računala, ili upišite adresu.',
    },
    'connection-refused': {
      message: '{{host}} je odbio vezu na port {{port}}: ondje ne sluša nijedan sshd.',
      suggestion: CHECK_ADDRESS,
    },
    'connect-timeout': {
      message: '{{host}} nije na vrijeme odgovorio na portu {{port}}.',
      suggestion: CHECK_ADDRESS,
    },
    'no-route': {
      message: 'Računalo {{host}} odavde nije dostupno.',
      suggestion: 'Provjerite mrežu ovog računala i adresu.',
    },
    'network-lost': {
      message: 'Veza s računalom {{host}} je izgubljena.',
      suggestion: 'Mreža je pala ili je drugo računalo isključeno. Tunel se obnavlja sam.',
    },
    'closed-by-host': {
      message: '{{host}} je zatvorio vezu.',
      suggestion:
        'Njegov je sshd zaustavljen ili preopterećen (MaxStartups), ili ondje nešto blokira ovu adresu (fail2ban). Tunel se obnavlja sam.',
    },
    'ssh-missing': {
      message: 'Na ovom računalu nema programa ssh.',
      suggestion:
        'Instalirajte OpenSSH klijent: apt install openssh-client; na Windowsima je to dodatna značajka.',
    },
    'identity-missing': {
      message: 'Datoteka ključa {{file}} ne postoji.',
      suggestion: 'Provjerite putanju ili izradite ključ: ssh-keygen -t ed25519 -f {{file}}',
    },
    'identity-open': {
      message: 'Datoteku ključa {{file}} mogu čitati i drugi; takav ključ ssh ne koristi.',
      suggestion: 'Oduzmite im to pravo: chmod 600 {{file}}',
    },
    'identity-locked': {
      message:
        '{{host}} prihvaća ključ {{file}}, ali se ne može upotrijebiti: zaštićen je zaporkom, a nema je tko upisati.',
      suggestion:
        'Predajte ga ssh-agentu prije pokretanja programa: ssh-add {{file}}. Ili za tunele izradite zaseban ključ bez zaporke.',
    },
    'jump-failed': {
      message: 'Put preko međuračunala {{jump}} nije uspio: {{line}}',
      suggestion:
        'Pokušajte u terminalu: ssh {{jump}}. Mora prihvatiti ovaj ključ i proslijediti vezu računalu iza sebe.',
    },
    'configuration-broken': {
      message: 'ssh ne razumije svoju konfiguraciju: {{line}}',
      suggestion: 'Ispravite ~/.ssh/config.',
    },
    'not-started': {
      message: 'ssh se nije mogao pokrenuti: {{reason}}',
      suggestion: 'Otklonite uzrok; runner pokušava ponovno.',
    },
    ended: {
      message: 'ssh je završio bez obrazloženja.',
      suggestion:
        'Tunel se obnavlja sam. Ako se to ponavlja, pogledajte zapisnik sshd-a na računalu {{host}}.',
    },
    'ended-saying': { message: 'ssh je završio: {{line}}', suggestion: 'Više piše u zapisniku ovog tunela.' },
    'target-down': {
      message: 'Tunel je uspostavljen, ali na {{address}} ne odgovara nijedan poslužitelj.',
      suggestion: START_SERVER,
    },
    'remote-target-down': {
      message:
        'Tunel je uspostavljen, ali na računalu {{host}} na {{address}} ne odgovara nijedan poslužitelj.',
      suggestion: START_SERVER,
    },
    'no-answer-through': {
      message: 'Tunel je uspostavljen, ali kroz njega ne dolazi odgovor.',
      suggestion: 'Ako to potraje, tunel se sam ponovno spaja.',
    },
    'tunnel-dead': {
      message: 'Tunel je bio uspostavljen, ali kroz njega više ništa nije prolazilo pa je prekinut.',
      suggestion: 'Sam se ponovno spaja. Drugo je računalo bilo u stanju mirovanja ili se mreža promijenila.',
    },
    'probe-forbidden': {
      message:
        'Tunel je uspostavljen, ali se ne može provjeriti: ključ na drugom računalu ne smije otvoriti {{target}}.',
      suggestion:
        'Ondje u authorized_keys dodajte ključu permitopen="{{target}}" (bez AllowTcpForwarding yes ili all u sshd_config to ne pomaže).',
    },
    'incoming-absent': {
      message: 'Na {{address}} ne sluša nijedan program: tunel drugog računala nije spojen.',
      suggestion: 'Pokrenite tunel na drugom računalu. Njegov udaljeni port mora biti {{port}}.',
    },
    'incoming-silent': {
      message:
        'Na {{address}} program sluša, ali ne odgovara: sesija je možda prekinuta ili je poslužitelj modela drugog računala ugašen.',
      suggestion:
        'Pogledajte tunel na drugom računalu. Uz ClientAliveInterval 15 u sshd_config ovog računala prekinute sesije završavaju same.',
    },
  },
  tunnelSteps: {
    'target-answers': 'Poslužitelj modela odgovara na {{address}}.',
    'target-silent': 'Na {{address}} ne odgovara nijedan poslužitelj.',
    connected: 'Prijava na {{host}} je uspjela.',
    'not-connected': 'Prijava putem ssh-a nije uspjela.',
    forwarded: 'Prosljeđivanje je uspostavljeno.',
    'not-forwarded': 'Prosljeđivanje nije uspostavljeno.',
    'probe-answers': 'Kroz tunel je stigao odgovor.',
    'probe-silent': 'Kroz tunel nije stigao odgovor.',
  },
  tunnelNotes: {
    'keep-alive':
      'sshd računala {{host}}: "ClientAliveInterval 15" i "ClientAliveCountMax 3" završavaju prekinute sesije pa je port slobodan kad se tunel obnovi.',
    'allow-forwarding':
      'sshd računala {{host}}: AllowTcpForwarding mora biti yes (kao i bez postavke). Tunelu je dovoljno "remote", ali se tada ne može provjeriti.',
    'allow-local-forwarding':
      'sshd računala {{host}}: AllowTcpForwarding mora biti yes (kao i bez postavke) ili local.',
    'gateway-ports':
      'sshd računala {{host}}: "GatewayPorts clientspecified", inače sluša samo na 127.0.0.1. Svatko tko može doći do {{address}} može doći i do poslužitelja modela: zaštitite ga API ključem i vatrozidom.',
    'listens-beyond-loopback':
      'Svatko tko može doći do {{address}} ovog računala može doći i do poslužitelja modela: zaštitite ga API ključem i vatrozidom.',
    'reload-sshd':
      'Nakon promjene sshd_config: sudo sshd -t && sudo systemctl reload ssh (na nekim sustavima sshd).',
    'unit-place':
      'Jedinicu spremite u /etc/systemd/system/{{unit}}, zatim: sudo systemctl daemon-reload && sudo systemctl enable --now {{unit}}. Prije toga ovdje zaustavite tunel: oba bi zauzimala isti port.',
    'key-place': 'Redak stavite u ~/.ssh/authorized_keys tog korisnika na računalu {{host}}.',
  },
};
