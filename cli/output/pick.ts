import type { Language } from '../../messages/index.ts';

const CHINESE = /[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]/;

/**
 * One language out of a text that objects carry in both, `中文 / English`. A text that is not of that form (somebody's
 * own words, say) is left whole.
 */
export function pick(text: string, language: Language): string {
  for (let at = text.indexOf(' / '); at >= 0; at = text.indexOf(' / ', at + 1)) {
    const zh = text.slice(0, at);
    const en = text.slice(at + 3);
    if (CHINESE.test(zh) && !CHINESE.test(en)) return language === 'zh' ? zh : en;
  }
  return text;
}
