import { defineMessages } from './index.ts';

/** What is wrong with signed checkpoints of the audit chain. */
export const auditErrors = defineMessages({
  E_SIGNING_KEY: {
    zh: '密钥文件不是 PEM 格式、无口令的 SM2 密钥，或只有公钥而此处需要私钥。可用 govcloud audit key 生成',
    en: 'the key file holds no SM2 key in PEM without a password, or only a public key where a private one is needed. govcloud audit key makes one',
  },
  E_CHECKPOINT_FORM: {
    zh: '核对点文件第 {line} 行不完整或不是核对点。写入时中断的末行可以删去',
    en: 'line {line} of the checkpoints is not whole, or no checkpoint. A last line whose writing was interrupted may be deleted',
  },
  E_CHECKPOINT_SIGNATURE: {
    zh: '核对点文件第 {line} 行不是由此密钥签名的，或签名后被改动：不能采信，请取另一份副本',
    en: 'line {line} of the checkpoints was not signed by this key, or was changed since: do not trust the file, take another copy',
  },
  E_CHECKPOINT_ORDER: {
    zh: '核对点文件第 {line} 行的序号不大于上一行：有行被调换、重复或移走',
    en: 'line {line} of the checkpoints is not after the line before it: lines were swapped, repeated or moved',
  },
});

/** What was done on the hub, as its own audit log calls it. */
export const hubVerbs = defineMessages({
  create: { zh: '新建', en: 'created' },
  update: { zh: '修改', en: 'changed' },
  patch: { zh: '修改', en: 'changed' },
  delete: { zh: '删除', en: 'deleted' },
  deletecollection: { zh: '批量删除', en: 'deleted all' },
});

/** What became of the hub's audit log. */
export const hubLogStates = defineMessages({
  followed: { zh: '读取中', en: 'is read' },
  absent: { zh: '读不到', en: 'is not there' },
  unset: { zh: '未设置', en: 'is not set' },
  gap: { zh: '有缺失', en: 'has a gap' },
  unreadable: { zh: '有一行读不懂', en: 'has a line that is no event' },
});
