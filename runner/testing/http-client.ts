/** The few requests that tests make of a runner, with the answer's JSON. */

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  /** Of a failed request. */
  error: { code: string; message: string; details?: unknown };
}

export interface HttpClient {
  url: string;
  get: (path: string) => Promise<Answer>;
  /** Without a body there is no content type either, as in the original API's stop. */
  post: (path: string, body?: unknown) => Promise<Answer>;
  put: (path: string, body: unknown) => Promise<Answer>;
  delete: (path: string) => Promise<Answer>;
}

export function httpClient(url: string): HttpClient {
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const body = (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown>;
    return {
      status: response.status,
      headers: response.headers,
      body,
      error: body['error'] as Answer['error'],
    };
  };
  const send = (method: string, path: string, body: unknown): Promise<Answer> =>
    call(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    url,
    get: (path) => call(path, {}),
    post: (path, body) => (body === undefined ? call(path, { method: 'POST' }) : send('POST', path, body)),
    put: (path, body) => send('PUT', path, body),
    delete: (path) => call(path, { method: 'DELETE' }),
  };
}
