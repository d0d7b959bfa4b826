import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Clock } from '../../lib/clock.ts';
import { createGuesses } from '../../lib/guesses.ts';
import type { AnswerPage } from '../../model/notify/answer-page.ts';
import type { Telling } from '../deps.ts';

/**
 * The pages behind the links in messages, for people without a login and phones of any age: no scripts, and nothing but a
 * button that posts changes anything, for previews in chats and scanners of mail get every address they see.
 */

const FORM_BYTES_MAX = 2_048;
const NAME_MAX = 64;
/** What guesses are counted under, beside the address they come from. */
const GUESSED = 'answer';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // The address is what answers; nobody else is told of it.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
} as const;

export function answerPageRoutes(telling: Pick<Telling, 'answerPage' | 'answer'>, clock: Clock): FastifyPluginAsyncZod {
  const guesses = createGuesses(clock);

  /** Wrong links are answered ever later, to whoever tries many of them; right ones from elsewhere are not. */
  function paced(request: FastifyRequest, isRight: boolean): Promise<void> {
    const waitMs = guesses.waitMs(request.ip, GUESSED, isRight);
    return waitMs === 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(waitMs, resolve));
  }

  async function refused(
    request: FastifyRequest,
    reply: FastifyReply,
    why: 'forged' | 'expired',
  ): Promise<FastifyReply> {
    await paced(request, why === 'expired');
    return reply
      .code(why === 'forged' ? 404 : 410)
      .headers(HEADERS)
      .send(
        why === 'forged'
          ? pageOf('链接无效', '<p>请核对消息中的链接。</p><p lang="en">This link is not valid.</p>')
          : pageOf('链接已过期', '<p>请登录系统处理，或联系值班室。</p><p lang="en">This link has expired.</p>'),
      );
  }

  return async (app) => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
    );

    app.get('/answer/:token', { schema: { hide: true } }, async (request, reply) => {
      const found = await telling.answerPage(tokenOf(request));
      if (typeof found === 'string') return refused(request, reply, found);
      await paced(request, true);
      return reply.headers(HEADERS).send(questionOf(found, null));
    });

    app.post('/answer/:token', { schema: { hide: true } }, async (request, reply) => {
      const found = await telling.answerPage(tokenOf(request));
      if (typeof found === 'string') return refused(request, reply, found);
      await paced(request, true);
      const name = nameIn(request.body);
      const shown = fieldOf(request.body, 'shown');
      if (shown !== '' && shown !== shownIn(found))
        return reply.code(409).headers(HEADERS).send(questionOf(found, 'changed'));
      if (found.person === null && name === null)
        return reply.code(422).headers(HEADERS).send(questionOf(found, 'name'));
      const outcome = await telling.answer(tokenOf(request), found.person === null ? name : null);
      if (outcome !== 'answered') return refused(request, reply, outcome);
      return reply.headers(HEADERS).send(thanksFor(found, found.person?.name ?? name ?? ''));
    });
  };
}

/** What a page shows, in few letters: it comes back with the button, which answers that and nothing else. */
function shownIn({ alerts }: AnswerPage): string {
  const text = alerts.map(({ id, level }) => `${id} ${level}`).join('\n');
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function tokenOf(request: FastifyRequest): string {
  return String((request.params as Readonly<Record<string, unknown>>).token);
}

function fieldOf(body: unknown, field: 'name' | 'shown'): string {
  const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  return typeof fields[field] === 'string' ? fields[field] : '';
}

/** The name that somebody gave, without what nobody types; null when it is none. */
function nameIn(body: unknown): string | null {
  const name = fieldOf(body, 'name').replaceAll(/\p{C}/gu, '').trim().slice(0, NAME_MAX);
  return name === '' ? null : name;
}

function questionOf(found: AnswerPage, wrong: 'name' | 'changed' | null): string {
  const { alerts, person, isRehearsal } = found;
  const who =
    person === null
      ? `<label>姓名 <span lang="en">Your name</span>
          <input name="name" required maxlength="${NAME_MAX}" autocomplete="name"></label>`
      : `<p>${escaped(person.name)}</p>`;
  const missing = wrong === null ? '' : `<p class="bad">${WRONG[wrong]}</p>`;
  if (isRehearsal) {
    return pageOf(
      '值班查岗',
      `<p>请应答，表示您在岗。<span lang="en">A check of who is on duty: please answer.</span></p>
      <form method="post">${missing}${who}<button>应答 <span lang="en">Answer</span></button></form>`,
    );
  }
  return pageOf(
    '监测报警',
    `${listOf(alerts)}<form method="post">${missing}${who}<input type="hidden" name="shown" value="${shownIn(found)}">
      <button>确认收到 <span lang="en">Acknowledge</span></button></form>`,
  );
}

const WRONG = {
  name: '请填写姓名。<span lang="en">Please give your name.</span>',
  changed: '报警级别有变化，请看清后再确认。<span lang="en">A level has changed: please look again.</span>',
} as const;

function thanksFor({ alerts, isRehearsal }: AnswerPage, name: string): string {
  if (isRehearsal) {
    const thanks = `<p class="good">已应答：${escaped(name)}</p><p lang="en">Answered. Thank you.</p>`;
    return pageOf('已应答', thanks);
  }
  const words = `<p class="good">已确认收到：${escaped(name)}</p><p lang="en">Acknowledged. Thank you.</p>`;
  return pageOf('已确认', `${words}${listOf(alerts)}`);
}

function listOf(alerts: AnswerPage['alerts']): string {
  // The text begins with the level as a word.
  const rows = alerts.map(({ level, text }) => `<li class="${level}">${escaped(text)}</li>`);
  return `<ul>${rows.join('')}</ul>`;
}

const STYLE = `
  body { margin: 0; padding: 20px 16px; font: 18px/1.5 system-ui, sans-serif; color: #1b2126; background: #f4f6f7; }
  main { max-width: 560px; margin: 0 auto; }
  h1 { font-size: 22px; margin: 0 0 12px; }
  ul { list-style: none; margin: 0 0 16px; padding: 0; }
  li { padding: 10px 12px; margin-bottom: 8px; background: #fff; border-left: 8px solid #5b6870; overflow-wrap: anywhere; }
  li.red { border-color: #c8102e; } li.orange { border-color: #e8590c; }
  li.yellow { border-color: #e0b400; } li.blue { border-color: #1c6dd0; }
  label { display: block; margin-bottom: 12px; }
  input { display: block; width: 100%; box-sizing: border-box; padding: 12px; font: inherit; border: 1px solid #5b6870; }
  button { width: 100%; padding: 18px; font: inherit; font-weight: 700; color: #fff; background: #1b3a57; border: 0; }
  .bad { color: #a80d26; font-weight: 700; } .good { font-weight: 700; } [lang=en] { color: #4b565d; font-weight: 400; }
  button [lang=en] { color: inherit; }
`;

function pageOf(title: string, body: string): string {
  return `<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
