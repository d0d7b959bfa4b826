/**
 * The conversation with a modem over a line of bytes (3GPP TS 27.005, 27.007): one command at a time, its answer, and what
 * the modem says by itself in between. Holds no socket and no clock.
 */
export interface ModemLine {
  /** Bytes that have come. */
  take(text: string): void;
  /** Sends a command and resolves with all that was said to it. `then` is sent at the prompt `>`. */
  command(text: string, then?: string): Promise<CommandAnswer>;
  /** Gives up the command under way: it was not answered in time, or the line is gone. */
  giveUp(why: string): void;
}

export interface CommandAnswer {
  readonly isOk: boolean;
  /** Lines before the final one. */
  readonly lines: readonly string[];
  /** `OK`, `ERROR`, `+CMS ERROR: 38`, or why there was no answer. */
  readonly final: string;
}

export interface ModemHears {
  /** An SMS has come, as a PDU in hex. */
  onMessage(pdu: string): void;
  /** A report of one that was sent, as a PDU in hex. */
  onReport(pdu: string): void;
}

const END = '\u001a';
const ESCAPE = '\u001b';
/** Longer than any line that a modem writes. */
const LINE_MAX = 2_048;

interface Waiting {
  readonly text: string;
  readonly then: string | undefined;
  readonly lines: string[];
  readonly done: (answer: CommandAnswer) => void;
  isPrompted: boolean;
}

export function createModemLine(write: (text: string) => void, hears: ModemHears): ModemLine {
  const queue: Waiting[] = [];
  let current: Waiting | undefined;
  let rest = '';
  /** What the next line is, when the one before has announced it. */
  let announced: 'message' | 'report' | undefined;

  function next(): void {
    if (current !== undefined) return;
    current = queue.shift();
    if (current !== undefined) write(`${current.text}\r`);
  }

  function finish(isOk: boolean, final: string): void {
    const done = current;
    current = undefined;
    done?.done({ isOk, lines: done.lines, final });
    next();
  }

  function takeLine(line: string): void {
    if (announced !== undefined) {
      const what = announced;
      announced = undefined;
      if (what === 'message') hears.onMessage(line);
      else hears.onReport(line);
      return;
    }
    if (line.startsWith('+CMT:')) announced = 'message';
    else if (line.startsWith('+CDS:')) announced = 'report';
    else if (line === 'OK') finish(true, line);
    else if (line === 'ERROR' || /^\+CM[ES] ERROR:/.test(line)) finish(false, line);
    // The modem repeats what it is told until it is asked not to; what it says of itself (RING, +CREG:) is nobody's answer.
    else if (current !== undefined && line !== current.text) current.lines.push(line);
  }

  return {
    take(text) {
      rest = (rest + text).slice(-LINE_MAX);
      for (;;) {
        const end = /[\r\n]+/.exec(rest);
        if (end === null) break;
        const line = rest.slice(0, end.index).trim();
        rest = rest.slice(end.index + end[0].length);
        if (line !== '') takeLine(line);
      }
      // The prompt ends with no line end.
      if (current?.then !== undefined && !current.isPrompted && /^\s*>/.test(rest)) {
        rest = '';
        current.isPrompted = true;
        write(current.then + END);
      }
    },

    command(text, then) {
      return new Promise((done) => {
        queue.push({ text, then, lines: [], done, isPrompted: false });
        next();
      });
    },

    giveUp(why) {
      // A modem that waits for a message takes this for its end; any other ignores it.
      if (current?.then !== undefined) write(ESCAPE);
      rest = '';
      announced = undefined;
      finish(false, why);
    },
  };
}
