/** Characters that control the talk (table 5 of SL 651-2014), and what a frame of either form holds. */

export const START = 0x7e;
export const STX = 0x02;
export const SYN = 0x16;
/** From a station: no more to come; one packet of several, more to come. */
export const ETX = 0x03;
export const ETB = 0x17;
/** To a station: asks; ends the talk; goes on; is to be sent again; ends the talk and the station stays. */
export const ENQ = 0x05;
export const EOT = 0x04;
export const ACK = 0x06;
export const NAK = 0x15;
export const ESC = 0x1b;

/** The length has 12 bits, in either form. */
export const LENGTH_MAX = 0xfff;

export interface Frame {
  /** In bytes (7E7E), or in characters (01). */
  readonly form: 'binary' | 'ascii';
  readonly isUplink: boolean;
  readonly center: number;
  /** Ten digits, as they are written on the station: of BCD, or in hex. */
  readonly station: string;
  readonly password: string;
  readonly func: number;
  readonly packets: { readonly total: number; readonly index: number } | undefined;
  readonly text: Uint8Array;
  readonly end: number;
  readonly isChecksumRight: boolean;
}
