import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

function faultsOf(environment: NodeJS.ProcessEnv, argv: string[] = []): string[] {
  try {
    readConfig(environment, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('needs nothing: without any variable it listens on loopback, port 3002', () => {
    const config = readConfig({}, []);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3002,
      token: null,
      allowedOrigins: [],
      allowedHosts: [],
      allowedCommands: null,
      keepProcesses: false,
    });
    expect(config.dataDir).toMatch(/llm-server-manager/);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads the environment; flags beat it, empty values count as not given', () => {
    const environment = {
      RUNNER_PORT: '4000',
      RUNNER_HOST: '',
      RUNNER_ALLOWED_HOSTS: 'a, b ,',
      RUNNER_ALLOWED_COMMANDS: 'llama-server,/opt/llm/',
    };
    expect(readConfig(environment, [])).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      allowedHosts: ['a', 'b'],
      allowedCommands: ['llama-server', '/opt/llm/'],
    });
    expect(readConfig(environment, ['--runner-port', '5000', '--keep'])).toMatchObject({
      port: 5000,
      keepProcesses: true,
    });
    expect(readConfig({}, ['--runner-port=0'])).toMatchObject({ port: 0 });
  });

  it('takes an origin with or without the slash at its end, as a browser would send it', () => {
    expect(
      readConfig({ RUNNER_ALLOWED_ORIGINS: 'http://localhost:5173/,https://UI.example:443' }, [])
        .allowedOrigins,
    ).toEqual(['http://localhost:5173', 'https://ui.example']);
  });

  it('tells all faults at once, each by its name', () => {
    const faults = faultsOf({
      RUNNER_PORT: '99999',
      RUNNER_HOST: '0.0.0.0',
      RUNNER_ALLOWED_ORIGINS: '*',
      RUNNER_LOG_LEVEL: 'loud',
      RUNNER_LOG_SEGMENT_BYTES: '5',
    });
    const names = faults.map((fault) => fault.replace(/[.:].*/, ''));
    expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'RUNNER_ALLOWED_ORIGINS',
      'RUNNER_HOST',
      'RUNNER_LOG_LEVEL',
      'RUNNER_LOG_SEGMENT_BYTES',
      'RUNNER_PORT',
    ]);
  });

  it.each(['abc', '-1', '65536', '3002.5', '1e9'])('refuses the port %s', (port) => {
    expect(faultsOf({ RUNNER_PORT: port })[0]).toMatch(/^RUNNER_PORT: /);
  });

  it('refuses a token that can be guessed', () => {
    expect(faultsOf({ RUNNER_TOKEN: 'short' })[0]).toMatch(/^RUNNER_TOKEN: .*16/);
  });

  it('names the known flags where one is unknown', () => {
    const faults = faultsOf({}, ['--prot', '1']);
    expect(faults[0]).toContain('--prot');
    expect(faults[1]).toContain('--runner-port');
  });

  it("has the seeds' defaults for the chat, and reads LLM_ settings as they are written there", () => {
    expect(readConfig({}, [])).toMatchObject({
      apiKeys: [],
      llmServer: null,
      chat: {
        timeoutMs: 3e5,
        temperature: 0.6,
        topP: 0.9,
        maxTokens: 512,
        skipThinking: true,
        maxHistoryTokens: 1e4,
      },
    });
    const environment = {
      LLM_COMM_MODE: 'sse',
      LLM_SERVER_URL: 'http://localhost:8080/v1/',
      LLM_API_KEY: 'k',
      LLM_TIMEOUT: '30',
      LLM_TEMPERATURE: '0.7',
      LLM_TOP_P: '1',
      LLM_MAX_TOKENS: '-1',
      LLM_SKIP_THINKING: 'False',
      LLM_MAX_HISTORY_TOKENS: '0',
      API_KEYS: 'key-one1, key-two2',
    };
    expect(readConfig(environment, [])).toMatchObject({
      apiKeys: ['key-one1', 'key-two2'],
      llmServer: {
        baseUrl: 'http://localhost:8080',
        apiKey: 'k',
      },
      chat: {
        timeoutMs: 3e4,
        temperature: 0.7,
        topP: 1,
        maxTokens: -1,
        skipThinking: false,
        maxHistoryTokens: 0,
      },
    });
  });

  it('names what is wrong with a setting of the chat', () => {
    const faults = faultsOf({
      LLM_COMM_MODE: 'pigeon',
      LLM_SERVER_URL: 'localhost:8080',
      LLM_TIMEOUT: 'soon',
      LLM_SKIP_THINKING: 'perhaps',
      API_KEYS: 'short',
    });
    for (const name of ['API_KEYS', 'LLM_COMM_MODE', 'LLM_SERVER_URL', 'LLM_SKIP_THINKING', 'LLM_TIMEOUT'])
      expect(
        faults.some((fault) => fault.startsWith(name)),
        name,
      ).toBe(true);
    expect(faults.join()).toContain('must be "sse" (over HTTP) or "mqtt" (through a broker)');
  });

  it('reads the broker from one address with user and password, or as the seeds name it', () => {
    expect(readConfig({}, []).mqtt).toEqual({
      settings: {},
      isWorker: null,
      password: null,
      isDefault: false,
    });
    expect(readConfig({ LLM_COMM_MODE: 'mqtt' }, []).mqtt).toMatchObject({
      settings: { isEnabled: true },
      isDefault: true,
    });
    const whole = {
      MQTT_BROKER_URL: 'mqtts://me:s%3Acret@broker.example:8883',
      MQTT_PROJECTS: 'one, two',
      MQTT_WORKER: 'no',
    };
    expect(readConfig(whole, []).mqtt).toEqual({
      settings: {
        isEnabled: true,
        broker: 'external',
        url: 'mqtts://broker.example:8883',
        username: 'me',
        projects: ['one', 'two'],
      },
      isWorker: false,
      password: 's:cret',
      isDefault: false,
    });
    const parts = {
      MQTT_BROKER_HOST: 'broker.example',
      MQTT_BROKER_PORT: '1884',
      MQTT_USERNAME: 'USER',
      MQTT_PASSWORD: 'PASSWORD',
    };
    expect(readConfig(parts, []).mqtt).toMatchObject({
      settings: { broker: 'external', url: 'mqtt://broker.example:1884', username: 'USER' },
      password: 'PASSWORD',
    });
    expect(faultsOf({ MQTT_BROKER_URL: 'http://broker.example', MQTT_PREFIX: 'a/#' }).join()).toMatch(
      /MQTT_BROKER_URL.*MQTT_PREFIX/,
    );
  });
});
