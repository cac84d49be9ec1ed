import { defineMessages } from './index.ts';

/** What Kubernetes Events say, both languages in one line as conditions do. */
export const eventMessages = defineMessages({
  waits: { zh: '{state}，等待{waits}', en: '{state}; waits for {waits}' },
  due: { zh: '{state}，等待{waits}，{due} 前办理', en: '{state}; waits for {waits}, due {due}' },
  held: {
    zh: '已报价并占用额度：资源池 {pool}，有效至 {until}',
    en: 'quoted and held: pool {pool}, until {until}',
  },
});
