/** The Croatian texts for the runner's codes, loaded after the first paint. English needs none: the runner's messages are English. */
import { hrLoadProblems } from './hr-load-problems.ts';
import { hrMqttRunner } from './hr-mqtt-runner.ts';
import { hrTunnels } from './hr-tunnels.ts';
import type { RunnerTexts } from './runner-texts.ts';

const LESS_MEMORY =
  'Stavite manje slojeva na GPU, odaberite manji kontekst ili manju kvantizaciju ili zatvorite druge programe koji troše memoriju.';
const FREE_PORT =
  'Zaustavite drugi program, odaberite drugi port ili upišite „auto” pa će runner pronaći slobodan.';
const FIX_VALUE =
  'Ispravite je u obrascu ili u dodatnim argumentima. Koje vrijednosti prima, piše u pomoći poslužitelja (--help).';
const RIGHT_PROJECTOR = 'Odaberite datoteku mmproj koja ide uz model ili ga pokrenite samo za tekst.';
const CHECK_PERMISSIONS =
  'Provjerite tko je smije čitati (a program i izvršavati). Runner pokreće procese kao korisnik pod kojim sam radi.';
const NEWER_SERVER = 'Ažurirajte llama.cpp ili odaberite model koji ova verzija poznaje.';
const PYTHON_PACKAGE = 'python -m pip install "llama-cpp-python[server]"';

export const hrRunner: RunnerTexts = {
  errors: {
    BAD_JSON: 'Poslani podaci nisu ispravan JSON. ({{message}})',
    INVALID_REQUEST: 'Zahtjev nije valjan. ({{message}})',
    UNAUTHORIZED: 'Runner traži pristupni token ili ne prihvaća onaj koji je dobio.',
    FORBIDDEN_HOST:
      'Runner ne prihvaća ovaj naziv računala. Ako je vaš, dodajte ga u RUNNER_ALLOWED_HOSTS. ({{message}})',
    FORBIDDEN_ORIGIN:
      'Ova stranica ne smije koristiti runner. Ako je vaša, dodajte je u RUNNER_ALLOWED_ORIGINS. ({{message}})',
    COMMAND_NOT_ALLOWED:
      'Ovaj runner pokreće samo ono što je navedeno u RUNNER_ALLOWED_COMMANDS. ({{message}})',
    NOT_FOUND: 'Na toj adresi nema ničega. ({{message}})',
    PROCESS_NOT_FOUND: 'Taj proces ne postoji. Možda je u međuvremenu zaboravljen.',
    PROFILE_NOT_FOUND: 'Taj profil ne postoji. Možda je u međuvremenu izbrisan.',
    ENDPOINT_NOT_FOUND: 'Taj poslužitelj ne postoji. Možda je u međuvremenu uklonjen.',
    PRESET_NOT_FOUND:
      'Taj predložak ne postoji (možda je u međuvremenu izbrisan) ili još nemate vlastitih za izvoz.',
    SESSION_NOT_FOUND: 'Ta sesija ne postoji. Možda je u međuvremenu izbrisana.',
    MESSAGE_NOT_FOUND: 'Te poruke nema u ovoj sesiji. Možda je u međuvremenu zamijenjena.',
    STREAM_NOT_FOUND:
      'Taj prijenos više ne postoji: prijenosi se čuvaju tjedan dana. Sam je odgovor u svojoj sesiji.',
    METHOD_NOT_ALLOWED: 'Ova adresa ne prima takve zahtjeve. ({{message}})',
    ALREADY_RUNNING:
      'Proces s tom oznakom još radi. Zaustavite ga i pričekajte da završi ili odaberite drugu oznaku.',
    STILL_RUNNING: 'Proces još radi. Najprije ga zaustavite, a zatim uklonite.',
    PORT_TAKEN: 'Port je zauzet. ({{message}})',
    LAUNCH_CANCELLED: 'Pokretanje je otkazano: proces je prije toga zaustavljen.',
    PROFILE_EXISTS: 'Profil s tim nazivom već postoji. Odaberite drugi naziv.',
    ENDPOINT_EXISTS:
      'Poslužitelj s tom adresom već postoji. Koristite ili izmijenite postojeći. ({{message}})',
    ENDPOINT_IN_USE: 'Ovaj se poslužitelj ovdje ne može ukloniti. ({{message}})',
    PRESET_EXISTS: 'Predložak s tim nazivom već postoji. Odaberite drugi naziv.',
    PRESET_READ_ONLY:
      'Predložak dolazi s programom i ne može se mijenjati. Duplicirajte ga pa izmijenite kopiju.',
    SESSION_EXISTS: 'Sesija s tom oznakom već postoji. Odaberite drugu oznaku ili je izostavite.',
    GATEWAY_KEY_NOT_FOUND: 'Taj API ključ ne postoji. Možda je uklonjen.',
    GATEWAY_ROUTE_NOT_FOUND: 'Za taj model nema rute. Možda je uklonjena.',
    GATEWAY_KEY_READ_ONLY:
      'Taj ključ dolazi iz varijable okruženja API_KEYS; promijenite ga ondje i ponovno pokrenite runner.',
    TUNNEL_NOT_FOUND: 'Taj tunel ne postoji. Možda je uklonjen.',
    TUNNEL_EXISTS: 'Tunel s tim imenom ili na tom mjestu već postoji. {{message}}',
    GATEWAY_KEY_ACTIVE: 'Taj je API ključ u upotrebi. Najprije ga opozovite, pa ga onda uklonite.',
    SESSION_BUSY: 'U ovoj se sesiji već piše odgovor. Pričekajte ga ili ga prvo zaustavite.',
    BODY_TOO_LARGE: 'Zahtjev je prevelik. Pošaljite manje podataka. ({{message}})',
    UNSUPPORTED_MEDIA_TYPE:
      'Zahtjev mora biti poslan kao JSON, sa zaglavljem Content-Type: application/json.',
    RANGE_NOT_SATISFIABLE: 'Zapisnik nema traženi raspon. ({{message}})',
    COMMAND_NOT_FOUND: 'Naredba nije pronađena. Provjerite njezinu putanju. ({{message}})',
    COMMAND_NOT_EXECUTABLE:
      'Naredba se ne smije izvršiti. Provjerite dozvole njezine datoteke. ({{message}})',
    CWD_NOT_FOUND: 'Radna mapa ne postoji. Stvorite je ili odaberite drugu. ({{message}})',
    MODEL_NOT_FOUND:
      'Datoteka modela ne postoji. Provjerite putanju ili odaberite model s popisa. ({{message}})',
    SCRIPT_NOT_FOUND: 'Skripta ne postoji. Provjerite putanju. ({{message}})',
    SCRIPT_UNSUPPORTED: 'Ova se skripta ovdje ne može pokrenuti. ({{message}})',
    SERVER_NOT_INSTALLED:
      'Taj poslužitelj nije instaliran. Instalirajte ga ili odaberite ugrađeni, kojemu instalacija ne treba. ({{message}})',
    SPAWN_FAILED: 'Naredba se nije mogla pokrenuti. ({{message}})',
    CONTEXT_EXCEEDED:
      'Poruka je dulja od konteksta modela. Skratite je ili pokrenite model s većim kontekstom.',
    IMAGE_NOT_SUPPORTED:
      'Ovaj model čita samo tekst. Pošaljite poruku bez slika ili modelu koji razumije slike (pokrenutom s datotekom mmproj).',
    INTERNAL: 'U runneru je došlo do pogreške. ({{message}})',
    UPSTREAM_REFUSED: 'Poslužitelj je odbio zahtjev. ({{message}})',
    UPSTREAM_BAD_ANSWER:
      'Poslužitelj nije odgovorio kao OpenAI API. Provjerite njegovu adresu. ({{message}})',
    UPSTREAM_UNAUTHORIZED:
      'Poslužitelj je odbio API ključ. Upišite ispravan ključ u postavke poslužitelja (ili u LLM_API_KEY).',
    UPSTREAM_CUT:
      'Veza s poslužiteljem je prekinuta. Dio koji je stigao je sačuvan; pogledajte zapisnik poslužitelja. ({{message}})',
    SHUTTING_DOWN: 'Runner se ugasio prije kraja. Pokrenite ga ponovno pa pokušajte još jednom.',
    NO_ENDPOINT:
      'Nijedan poslužitelj nije dostupan. Pokrenite jedan, dodajte ga ručno ili postavite LLM_SERVER_URL.',
    ENDPOINT_OFFLINE: 'Poslužitelj nije dostupan. Pokrenite ga ili provjerite njegovu adresu. ({{message}})',
    ENDPOINT_LOADING: 'Poslužitelj još učitava model. Pokušajte ponovno za koji trenutak.',
    UPSTREAM_TIMEOUT:
      'Poslužitelj predugo ništa nije poslao. Pogledajte njegov zapisnik ili povećajte LLM_TIMEOUT. ({{message}})',
    STORAGE_FAILED:
      'Spremanje na disk nije uspjelo. Oslobodite prostor ili provjerite dozvole mape. ({{message}})',
    STOPPED: 'Zaustavljeno na zahtjev.',
    CLIENT_GONE: 'Veza sa stranicom prekinuta je prije nego što je odgovor dovršen.',
    RUNNER_KILLED: 'Runner se ugasio dok se odgovor pisao.',
  },
  errorsWithDetails: {
    INVALID_REQUEST: ['Zahtjev nije valjan: {{fields}}'],
    ALREADY_RUNNING: [
      'Proces „{{id}}” još radi. Zaustavite ga i pričekajte da završi ili odaberite drugu oznaku.',
    ],
    STILL_RUNNING: ['Proces „{{id}}” još radi. Najprije ga zaustavite, a zatim uklonite.'],
    PORT_TAKEN: [
      'Port {{port}} zauzima proces „{{processId}}”. Zaustavite ga, odaberite drugi port ili upišite „auto”.',
      'Port {{port}} zauzima {{program}} (pid {{pid}}). Zaustavite ga, odaberite drugi port ili upišite „auto”.',
      'Port {{port}} zauzima drugi program. Zaustavite ga, odaberite drugi port ili upišite „auto”.',
    ],
    LAUNCH_CANCELLED: ['Pokretanje procesa „{{id}}” je otkazano: prije toga je zaustavljen.'],
    PROFILE_EXISTS: ['Profil s nazivom „{{name}}” već postoji. Odaberite drugi naziv.'],
    ENDPOINT_EXISTS: [
      'Poslužitelj „{{name}}” već ima adresu {{baseUrl}}. Koristite ili izmijenite postojeći.',
    ],
    PRESET_EXISTS: ['Predložak s nazivom „{{name}}” već postoji. Odaberite drugi naziv.'],
    COMMAND_NOT_FOUND: [
      'Naredba {{command}} nije pronađena. Instalirajte je ili upišite njezinu punu putanju.',
    ],
    COMMAND_NOT_EXECUTABLE: [
      'Datoteka {{path}} nije izvršna. To možete dopustiti naredbom: chmod +x {{path}}',
    ],
    CWD_NOT_FOUND: ['Radna mapa {{cwd}} ne postoji. Stvorite je ili odaberite drugu.'],
    MODEL_NOT_FOUND: [
      'Datoteka modela {{path}} ne postoji. Provjerite putanju ili odaberite model s popisa.',
    ],
    SCRIPT_NOT_FOUND: ['Skripta {{path}} ne postoji. Provjerite putanju.'],
    CONTEXT_EXCEEDED: [
      'Poruka je dulja od konteksta modela (tokena: {{tokens}}, a u kontekst stane: {{context}}). Skratite je ili pokrenite model s većim kontekstom.',
    ],
  },
  faults: {
    'no-llama-server':
      'llama-server nije pronađen u PATH-u. Instalirajte llama.cpp, postavite LLAMA_SERVER na njegovu putanju i ponovno pokrenite runner, upišite putanju programa u obrazac ili odaberite ugrađeni poslužitelj, kojemu instalacija ne treba.',
    'embedded-sees-no-images':
      'Ugrađeni poslužitelj ne vidi slike. Za vizualni model odaberite llama-server ili ostavite projektor (mmproj) prazan.',
    'batch-needs-windows':
      'Datoteci {{extension}} treba Windows, a ovaj je runner na sustavu {{platform}}. Upotrijebite skriptu .sh.',
    'shell-on-windows':
      'Datoteci .sh treba Linux ili macOS, a ovaj je runner na Windowsima. Upotrijebite skriptu .bat ili .ps1.',
    'no-powershell':
      'Datoteci .ps1 treba PowerShell, a nije pronađen u PATH-u. Instalirajte PowerShell ili upotrijebite skriptu .sh.',
    'no-powershell-on-windows':
      'Datoteci .ps1 treba PowerShell, a nije pronađen u PATH-u. Instalirajte PowerShell.',
    'not-a-script':
      'Skripte su samo datoteke .bat, .cmd, .sh i .ps1, a „{{name}}” nije nijedna od njih. Druge programe pokrenite kao naredbu.',
  },
  causes: {
    'unknown-argument': {
      cause: 'Poslužitelj ne poznaje argument {{flag}}.',
      suggestion:
        'Uklonite ga iz dodatnih argumenata. Argumenti se mijenjaju s verzijama: koje poznaje, piše u pomoći poslužitelja (--help).',
    },
    'no-images': {
      cause: 'Ova je verzija llama-servera prestara i ne vidi slike.',
      suggestion: 'Ažurirajte llama.cpp ili pokrenite model samo za tekst.',
    },
    'flash-attention-value': {
      cause: 'Ova je verzija llama-servera starija od argumenta -fa s vrijednošću.',
      suggestion:
        'Ažurirajte llama.cpp ili ostavite flash attention na zadanom i dodajte -fa među dodatne argumente.',
    },
    'bad-value': {
      cause: 'Vrijednost argumenta {{flag}} nedostaje ili nije ispravna.',
      suggestion: FIX_VALUE,
    },
    'bad-value-because': {
      cause: 'Vrijednost argumenta {{flag}} nedostaje ili nije ispravna ({{why}}).',
      suggestion: FIX_VALUE,
    },
    'llama-cpp-python-missing': {
      cause: 'llama-cpp-python nije instaliran za ovaj Python.',
      suggestion: `Instalirajte ga naredbom: ${PYTHON_PACKAGE}, ili odaberite drugi poslužitelj: ugrađenom instalacija ne treba. U virtualnom okruženju kao programsku datoteku navedite njegov python.`,
    },
    'python-module-missing': {
      cause: 'Pythonov modul {{module}} nije instaliran.',
      suggestion: `Instalirajte ga naredbom: ${PYTHON_PACKAGE}. U virtualnom okruženju kao programsku datoteku navedite njegov python.`,
    },
    'library-missing': {
      cause: 'Programu treba {{library}}, a na ovom sustavu toga nema.',
      suggestion:
        'Instalirajte tu biblioteku, držite program u istoj mapi s bibliotekama s kojima je došao ili odaberite verziju za ovaj sustav. Za libcuda i libcudart: instalirajte NVIDIA-in upravljački program ili CUDA runtime.',
    },
    'engine-missing': {
      cause: 'Ugrađeni poslužitelj nema pogon za ovaj sustav.',
      suggestion: 'Instalirajte llama.cpp i pokrenite model llama-serverom.',
    },
    'port-unusable': {
      cause:
        'Poslužitelj nije mogao slušati na portu {{port}}: zauzeo ga je drugi program ili to nije adresa ovog računala.',
      suggestion: FREE_PORT,
    },
    'own-port-unusable': {
      cause:
        'Poslužitelj nije mogao slušati na svom portu: zauzeo ga je drugi program ili to nije adresa ovog računala.',
      suggestion: FREE_PORT,
    },
    'projector-unfit': {
      cause: 'Datoteka {{file}} nije projektor ili ne pripada ovom modelu.',
      suggestion: RIGHT_PROJECTOR,
    },
    'projector-unfit-unnamed': {
      cause: 'Datoteka projektora nije projektor ili ne pripada ovom modelu.',
      suggestion: RIGHT_PROJECTOR,
    },
    'gpu-memory': { cause: 'Ponestalo je memorije GPU-a.', suggestion: LESS_MEMORY },
    memory: { cause: 'Ponestalo je memorije.', suggestion: LESS_MEMORY },
    'gpu-driver': {
      cause: 'NVIDIA-in upravljački program ili GPU ne odgovara ovoj verziji poslužitelja.',
      suggestion:
        'Ažurirajte upravljački program, odaberite verziju za ovaj GPU ili na njega ne stavljajte slojeve.',
    },
    'access-denied': { cause: 'Sustav ne dopušta pristup datoteci {{file}}.', suggestion: CHECK_PERMISSIONS },
    'access-denied-unnamed': {
      cause: 'Sustav ne dopušta pristup datoteci koja procesu treba.',
      suggestion: CHECK_PERMISSIONS,
    },
    'not-gguf': {
      cause: 'Datoteka modela nije GGUF datoteka.',
      suggestion:
        'Odaberite datoteku .gguf. Tako izgleda i preuzimanje koje je umjesto modela spremilo web-stranicu: preuzmite ga ponovno.',
    },
    'model-damaged': {
      cause: 'Datoteka modela je oštećena ili nepotpuna.',
      suggestion: 'Preuzmite je ponovno i usporedite njezinu veličinu s onom na izvoru.',
    },
    'model-missing': {
      cause: 'Datoteka modela {{path}} ne postoji.',
      suggestion: 'Provjerite putanju ili odaberite model s popisa.',
    },
    'server-too-old': {
      cause: 'Ovaj je poslužitelj prestar za model (ne poznaje „{{what}}”).',
      suggestion: NEWER_SERVER,
    },
    'server-too-old-unnamed': { cause: 'Ovaj je poslužitelj prestar za model.', suggestion: NEWER_SERVER },
    'command-missing': {
      cause: 'Naredba {{command}} nije pronađena.',
      suggestion: 'Instalirajte je ili u skripti navedite njezinu punu putanju.',
    },
    'model-not-loaded': {
      cause: 'Model se nije mogao učitati.',
      suggestion:
        'Više piše u recima prije toga. Pokušajte s novijom verzijom poslužitelja ili ponovno preuzmite model.',
    },
    'illegal-instruction': {
      cause: 'Program koristi naredbe koje ovaj procesor nema.',
      suggestion:
        'Upotrijebite verziju izrađenu za ovaj procesor (bez AVX2 ili AVX-512) ili ugrađeni poslužitelj, koji sam bira odgovarajuću.',
    },
    killed: {
      cause: 'Sustav je prisilno prekinuo proces, najvjerojatnije jer je ponestalo memorije.',
      suggestion:
        'Odaberite manji model ili kvantizaciju, manji kontekst ili zatvorite druge programe. Točan razlog piše u zapisniku sustava (dmesg).',
    },
    'crashed-inside': {
      cause: 'Program se srušio zbog vlastite pogreške.',
      suggestion:
        'Pokušajte s njegovom novijom verzijom i s manje GPU slojeva: uzrok je često pogreška upravljačkog programa grafike.',
    },
    'dll-missing': {
      cause: 'Nedostaje DLL koji programu treba.',
      suggestion: 'Raspakirajte sve datoteke iz arhive u jednu mapu i instalirajte Visual C++ runtime.',
    },
  },
  notes: {
    'url-silent': 'još nema odgovora s adrese {{url}}',
    'url-loading': '{{url}} odgovara {{status}} (učitava se)',
    'url-refuses': '{{url}} odgovara {{status}}',
    'port-closed': 'port {{port}} još ne prima veze',
    'port-of-program': 'na portu {{port}} odgovara {{program}} (pid {{pid}}), a ne ovaj proces',
    'port-of-another': 'na portu {{port}} odgovara drugi program, a ne ovaj proces',
    'line-awaited': 'čeka redak koji odgovara izrazu {{pattern}}',
  },
  problems: {
    'not-checked': 'Još nije provjeren.',
    'process-without-port': 'Port njegova procesa {{id}} nije poznat.',
    'process-loading': 'Njegov se proces {{id}} još učitava.',
    'process-stopping': 'Njegov se proces {{id}} zaustavlja.',
    'process-restarting': 'Njegov je proces {{id}} završio i uskoro se ponovno pokreće.',
    'process-crash-loop': 'Njegov se proces {{id}} stalno ruši. Pogledajte zapisnik pa ga ponovno pokrenite.',
    'process-gone': 'Njegov proces {{id}} ne radi. Pokrenite ga ponovno.',
    'process-on-demand': 'Model nije učitan. Učitat će ga prvi zahtjev.',
    'model-loading': 'Još učitava model.',
    'key-refused': 'Odbio je API ključ. Upišite ispravan.',
    'key-wanted': 'Traži API ključ. Upišite ga u postavke ovog poslužitelja.',
    'key-unsendable': 'API ključ sadrži znakove koji se ne mogu poslati. Upišite ga ponovno.',
    'web-page': 'Odgovorio je web-stranicom, a ne kao OpenAI API; provjerite adresu.',
    redirect: 'Upućuje na adresu {{place}}; upišite nju.',
    'redirect-unnamed': 'Upućuje na drugu adresu; upišite nju.',
    'gateway-error': 'Odgovorio je s HTTP {{status}}: poslužitelja iza njega nema ili je preopterećen.',
    'no-models-list': 'Odgovorio je, ali ne popisom modela kao OpenAI API; provjerite adresu.',
    'http-error': 'Na GET /v1/models odgovorio je s HTTP {{status}}; provjerite adresu.',
    'not-an-address': '{{url}} nije adresa.',
    'no-answer-within': 'Nije odgovorio unutar {{seconds}} s.',
    'no-answer': 'Nije odgovorio na vrijeme. Provjerite adresu.',
    'nobody-listens': 'Na adresi {{host}} ne sluša nijedan poslužitelj. Pokrenite ga ili provjerite adresu.',
    'host-unknown': 'Naziv računala {{host}} nije poznat. Provjerite adresu.',
    'no-way': 'Računalo {{host}} odavde nije dostupno. Provjerite mrežu.',
    'no-https': 'Ne podržava HTTPS. Pokušajte s http:// u adresi.',
    'no-http': 'Ne odgovara preko HTTP-a. Provjerite port.',
    'no-http-try-https': 'Ne odgovara preko HTTP-a. Provjerite port ili pokušajte s https:// u adresi.',
    'certificate-untrusted': 'Njegovu se certifikatu ne vjeruje ({{reason}}).',
    'connection-closed': 'Zatvorio je vezu bez odgovora.',
    unreachable: 'Nije dostupan: {{reason}}.',
  },
  ...hrLoadProblems,
  ...hrTunnels,
  ...hrMqttRunner,
};
