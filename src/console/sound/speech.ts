/** What is waiting to be said beyond this is summed up instead, for speech that lags behind the screen misleads. */
export const SAID_ONE_BY_ONE_MAX = 3;

export function speechAvailable(): boolean {
  return 'speechSynthesis' in window;
}

/** Says it in the chosen language with a voice of the machine; without one for the language the browser's own choice. */
export function say(text: string, language: 'zh' | 'en', volume: number): void {
  if (!speechAvailable()) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language === 'zh' ? 'zh-CN' : 'en-US';
  utterance.volume = volume;
  const voice = speechSynthesis.getVoices().find((each) => each.lang.replace('_', '-').startsWith(utterance.lang));
  if (voice !== undefined) utterance.voice = voice;
  speechSynthesis.speak(utterance);
}

export function hush(): void {
  if (speechAvailable()) speechSynthesis.cancel();
}
