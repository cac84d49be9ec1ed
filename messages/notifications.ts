import { defineMessages } from './index.ts';

/** What is told to people outside the system, by the kind of notice. */
export const noticeTexts = defineMessages({
  Submitted: {
    zh: '{unit} 的资源申请 {label}（系统 {system}）已提交，请在 {due} 前{step}',
    en: 'request {label} of {unit} (system {system}) was submitted: {step} is due by {due}',
  },
  Returned: {
    zh: '{unit} 的资源申请 {label}（系统 {system}）退回修改，意见见 govcloud request why {label}',
    en: 'request {label} of {unit} (system {system}) was sent back: see govcloud request why {label}',
  },
  Late: {
    zh: '{unit} 的资源申请 {label}（系统 {system}）的{step}应在 {due} 前办结，已逾期',
    en: 'request {label} of {unit} (system {system}): {step} was due by {due} and is late',
  },
  Escalated: {
    zh: '{unit} 的资源申请 {label}（系统 {system}）的{step}应在 {due} 前办结，逾期后仍未办理，现予上报',
    en: 'request {label} of {unit} (system {system}): {step} was due by {due}, is late, and is told further up',
  },
  Delivered: {
    zh: '资源分配 {label}（系统 {system}）已开通，请验收：govcloud allocation accept {label}',
    en: 'allocation {label} (system {system}) is delivered: accept it with govcloud allocation accept {label}',
  },
  Expiring: {
    zh: '资源分配 {label}（系统 {system}）将于 {until} 到期。继续使用请申请续期，不再使用请释放',
    en: 'the term of allocation {label} (system {system}) ends on {until}: renew it, or release it',
  },
});
