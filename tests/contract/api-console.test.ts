import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';
import { fixture } from './api-fixture.ts';

const PAGE = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>console</title>';
const SCRIPT = 'console.log("a script that is long enough to be worth compressing")'.repeat(20);

function built(): string {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), PAGE);
  writeFileSync(join(dir, 'icon.svg'), '<svg/>');
  writeFileSync(join(dir, 'assets/main-1a2b3c.js'), SCRIPT);
  writeFileSync(join(dir, 'assets/main-1a2b3c.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(dir, 'assets/main-1a2b3c.js.gz'), gzipSync(SCRIPT));
  return dir;
}

const html = { accept: 'text/html,application/xhtml+xml' };

describe('the console', () => {
  test('is the page at every address of its own router, never from a cache unasked', async () => {
    const { app } = await fixture({ consoleDir: built() });
    for (const url of ['/', '/wall', '/points/canteen-gas?tab=chart']) {
      const answer = await app.inject({ url, headers: html });
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toContain('<title>console</title>');
      expect(answer.headers['cache-control']).toBe('no-cache');
      expect(answer.headers['content-type']).toContain('text/html');
      // A page kept under its ETag would meet the next answer's policy, which does not know its nonce.
      expect(answer.headers.etag).toBeUndefined();
    }
    expect((await app.inject({ method: 'HEAD', url: '/', headers: html })).statusCode).toBe(200);
  });

  test('is sent with a nonce that only this answer’s policy lets style', async () => {
    const { app } = await fixture({ consoleDir: built() });
    const nonces = new Set<string>();
    for (const url of ['/', '/index.html', '/points']) {
      const answer = await app.inject({ url, headers: html });
      const nonce = /nonce="([\w-]{20,})"/.exec(answer.body)?.[1] ?? 'none';
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
      expect(policy).toContain("default-src 'self'");
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  test.each([
    ['br;q=1, gzip', 'br', brotliDecompressSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['identity', undefined, (data: Buffer) => data],
  ] as const)('is sent compressed as the browser takes it: %s', async (accept, encoding, open) => {
    const { app } = await fixture({ consoleDir: built() });
    const answer = await app.inject({ url: '/', headers: { ...html, 'accept-encoding': accept } });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(String(open(answer.rawPayload))).toContain('<title>console</title>');
  });

  test.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', undefined],
  ])('sends assets for ever, compressed as the browser takes them: %s', async (accept, encoding) => {
    const { app } = await fixture({ consoleDir: built() });
    const answer = await app.inject({ url: '/assets/main-1a2b3c.js', headers: { 'accept-encoding': accept } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['content-type']).toContain('javascript');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.vary).toContain('accept-encoding');
  });

  test.each([
    ['an asset of an older build', '/assets/main-0000.js', html],
    ['what a program asks for', '/nope', { accept: '*/*' }],
    ['an address below the API', '/api/v2/points', html],
    ['a way out of the folder', '/..%2f..%2fetc%2fpasswd', { accept: '*/*' }],
    ['a hidden file', '/.env', { accept: '*/*' }],
  ])('does not answer with the page for %s', async (_what, url, headers) => {
    const { app } = await fixture({ consoleDir: built() });
    const answer = await app.inject({ url, headers });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).not.toContain('root:');
  });

  test('when it has not been built, a plain page says so, and the API works', async () => {
    const { app } = await fixture({ consoleDir: join(temporaryFolder(), 'dist') });
    const answer = await app.inject({ url: '/', headers: html });
    expect([answer.statusCode, answer.body]).toEqual([503, expect.stringContaining('npm ci')]);
    expect((await app.inject({ url: '/api/v1/health' })).statusCode).toBe(200);
  });
});

test('nothing comes from elsewhere, and nobody else may frame it', async () => {
  const { app } = await fixture({ consoleDir: built() });
  for (const url of ['/', '/api/docs/', '/api/v1/health']) {
    const { headers } = await app.inject({ url, headers: { ...html, host: 'brink.example:8080' } });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://brink.example:8080 wss://brink.example:8080");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).not.toMatch(/https:|http:|\*|unsafe-|upgrade-insecure/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toBeUndefined();
  }
  const odd = await app.inject({ url: '/', headers: { ...html, host: "a;script-src 'unsafe-inline'" } });
  expect(odd.headers['content-security-policy'] ?? '').not.toContain("script-src 'unsafe-inline'");
});
