import { defineMessages } from './index.ts';

/** What goes wrong between a client and a Kubernetes API server. `{message}` is the server's own sentence. */
export const kubeMessages = defineMessages({
  E_KUBECONFIG_MISSING: {
    zh: '找不到 kubeconfig：{files}。用 --kubeconfig 或 KUBECONFIG 指明，或先运行 govcloud up',
    en: 'no kubeconfig found: {files}. Name one by --kubeconfig or KUBECONFIG, or run govcloud up first',
  },
  E_KUBECONFIG_INVALID: {
    zh: 'kubeconfig {file} 无法使用：{detail}',
    en: 'kubeconfig {file} cannot be used: {detail}',
  },
  E_CONTEXT_NONE: {
    zh: '{files} 没有 current-context。用 --context 指明：{known}',
    en: '{files} has no current-context. Name one by --context: {known}',
  },
  E_CONTEXT_UNKNOWN: {
    zh: '没有名为 {context} 的 context。已有：{known}',
    en: 'there is no context {context}. There are: {known}',
  },
  E_CREDENTIAL: {
    zh: '取不到用户 {user} 的凭据：{detail}',
    en: 'no credential for user {user}: {detail}',
  },
  E_API_UNREACHABLE: {
    zh: '连不上 API 服务器 {server}：{detail}。请确认它在运行、地址无误',
    en: 'cannot reach the API server {server}: {detail}. See that it runs and that the address is right',
  },
  E_API_TLS: {
    zh: 'API 服务器 {server} 的证书不可信：{detail}。请检查 kubeconfig 中的 CA',
    en: 'the certificate of the API server {server} is not trusted: {detail}. Check the CA in the kubeconfig',
  },
  E_API_TIMEOUT: {
    zh: 'API 服务器 {server} 在 {seconds} 秒内没有答复。可用 --request-timeout 放宽',
    en: 'the API server {server} did not answer within {seconds} s. --request-timeout allows more',
  },
  E_API_ANSWER: {
    zh: '{server} 的应答不是 API 服务器应有的内容：{detail}。请确认地址指向 API 服务器，而不是代理或网页',
    en: 'what {server} answers is not what an API server would: {detail}. See that the address is an API server’s and not a proxy’s or a page’s',
  },
  E_KIND_UNKNOWN: {
    zh: 'API 服务器 {server} 不提供 {apiVersion} 的 {kind}。请确认名称无误、CRD 已安装',
    en: 'the API server {server} does not serve {kind} of {apiVersion}. Check the name, and that its CRD is installed',
  },
  E_MANIFEST_INVALID: {
    zh: '第 {document} 个 YAML 文档不是 Kubernetes 对象：{detail}',
    en: 'YAML document {document} is not a Kubernetes object: {detail}',
  },
  E_WAIT_TIMEOUT: {
    zh: '等待{what}已超过 {seconds} 秒',
    en: 'waited more than {seconds} s for {what}',
  },
  E_API_UNAUTHENTICATED: {
    zh: 'API 服务器不认可该凭据：{message}。凭据多半已过期，请更新 kubeconfig（本地城市再运行一次 govcloud up）',
    en: 'the API server does not accept the credential: {message}. It has most likely expired: renew the kubeconfig (of a local city by another govcloud up)',
  },
  E_API_FORBIDDEN: {
    zh: '无权操作：{message}',
    en: 'not allowed: {message}',
  },
  E_API_NOT_FOUND: {
    zh: '不存在：{message}',
    en: 'not found: {message}',
  },
  E_API_EXISTS: {
    zh: '已存在：{message}',
    en: 'exists already: {message}',
  },
  E_API_CONFLICT: {
    zh: '已被他人修改：{message}。请重新读取后再试',
    en: 'changed by somebody else meanwhile: {message}. Read it again and retry',
  },
  E_API_GONE: {
    zh: '所请求的版本已不存在：{message}',
    en: 'the version asked for is gone: {message}',
  },
  E_API_INVALID: {
    zh: 'API 服务器拒绝了内容：{message}',
    en: 'the API server refuses the content: {message}',
  },
  E_API_BUSY: {
    zh: 'API 服务器繁忙：{message}。请稍后再试',
    en: 'the API server is busy: {message}. Try again later',
  },
  E_API_FAILED: {
    zh: 'API 服务器出错：{message}',
    en: 'the API server failed: {message}',
  },
});
