import { defineMessages } from './index.ts';

/** What `make demo` prints around the story. */
export const storyTexts = defineMessages({
  starting: { zh: '启动本地城市', en: 'starting the local city' },
  before: { zh: '故事开始前的容量：', en: 'capacity before the story:' },
  after: { zh: '故事结束后的容量：', en: 'capacity after the story:' },
  done: {
    zh: '故事共 {rows} 步，全部如预期；逐步记录见 {file}。\n城市仍在运行。查看：\n  export KUBECONFIG={kubeconfig}\n  bin/govcloud --context manager capacity show\n  bin/govcloud --context wjj-ops request list\n停止：bin/govcloud down',
    en: 'the story: {rows} rows, all as expected; written down in {file}.\nThe city is still running. To look around:\n  export KUBECONFIG={kubeconfig}\n  bin/govcloud --context manager capacity show\n  bin/govcloud --context wjj-ops request list\nto stop it: bin/govcloud down',
  },
  failed: {
    zh: '故事在这一步不如预期（全部步骤见 {file}）：',
    en: 'the story failed at this row (all rows in {file}):',
  },
});
