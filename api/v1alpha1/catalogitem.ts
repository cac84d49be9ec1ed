import { z } from 'zod';
import { defineKind, type ObjectOf, rules } from '../kind.ts';
import {
  arch,
  cel,
  conditions,
  dateText,
  generation,
  line,
  localized,
  mlpsLevel,
  oneLine,
  zoneName,
} from './common.ts';

const parameter = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z][a-zA-Z0-9]*$/),
    title: localized,
    type: z.enum(['integer', 'string']),
    required: z.boolean(),
    unit: line.optional().describe('单位 / unit'),
    minimum: z.int().min(0).optional(),
    maximum: z.int().min(0).optional(),
    multipleOf: z.int().min(1).optional(),
    shrinkable: z
      .boolean()
      .optional()
      .describe(
        '变更时可否减小；缺省可以，磁盘不可以 / whether a resize may lower it; absent means yes, disks cannot',
      ),
    changeable: z
      .boolean()
      .optional()
      .describe('变更时可否改动；缺省可以 / whether a resize may change it; absent means yes'),
    values: z.array(oneLine(60)).max(40).optional().describe('可选值 / allowed values'),
    valueArchs: z
      .array(z.object({ value: oneLine(60), archs: z.array(arch).min(1).max(2) }))
      .max(40)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['value'] })
      .describe(
        '只在这些架构上有的取值，如某个镜像或数据库；未列出的同目录项 / values, such as an image or a database, that these architectures alone have; others are as the item',
      ),
  })
  .meta(
    rules(
      {
        rule: "self.type == 'integer' ? !has(self.values) : !has(self.minimum) && !has(self.maximum) && !has(self.multipleOf)",
        message: '整数参数用范围，字符串参数用可选值 / integers have bounds, strings have values',
      },
      {
        rule: '!has(self.valueArchs) || (has(self.values) && self.valueArchs.all(it, it.value in self.values))',
        message: '架构只能写给可选值 / an architecture belongs to one of the values',
      },
    ),
  );

const template = z.object({
  name: z
    .string()
    .min(1)
    .max(40)
    .regex(/^[a-z][a-zA-Z0-9]*$/)
    .describe('模板名，在 CEL 中引用 / name by which CEL refers to it'),
  each: z
    .enum(['unit', 'allocation'])
    .describe('每台一个或每次分配一个 / one object a unit, or one an allocation'),
  object: z
    .string()
    .min(1)
    .max(16000)
    .describe('对象的 YAML，叶子可含 ${CEL} / the object as YAML; leaves may hold ${CEL}'),
});

/**
 * A service of the city's cloud, as data: what may be asked for, what a unit consumes and costs, and which
 * objects stand for it in a member cluster. CEL expressions see `params` (by name), and where objects are made
 * also `allocation`, `index` and the helpers listed in docs/reference/cel.md.
 */
export const CatalogItem = defineKind({
  kind: 'CatalogItem',
  plural: 'catalogitems',
  singular: 'catalogitem',
  shortNames: ['item', 'items'],
  namespaced: false,
  description: '服务目录项 / a service of the catalogue',
  spec: z.object({
    classCode: z
      .string()
      .max(20)
      .regex(/^[A-Z0-9]+([.-][A-Z0-9]+)*$/)
      .describe('分类代码（参照 GB/T 34079.1） / class code'),
    title: localized.describe('名称 / title'),
    description: localized.optional().describe('说明 / description'),
    unit: localized.describe('计量单位，如 台 / what one unit is called'),
    maxQuantity: z.int().min(1).max(1000).describe('一次最多申请数量 / most units in one line of a request'),
    parameters: z
      .array(parameter)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    consumes: z
      .object({
        vcpu: cel.optional().describe('毫核 / millicores'),
        memory: cel.optional().describe('字节 / bytes'),
        ssd: cel.optional().describe('字节 / bytes'),
        hdd: cel.optional().describe('字节 / bytes'),
      })
      .describe('每个单位占用的资源，CEL 整数 / what a unit consumes, CEL giving integers'),
    prices: z
      .array(
        z.object({
          from: dateText,
          monthlyFen: cel.describe('每单位每月价格（分），CEL 整数 / fen a month for a unit, CEL'),
          armFactorBasisPoints: z
            .int()
            .min(1)
            .max(100000)
            .describe('ARM 折算系数（万分之一） / ARM conversion factor in basis points'),
        }),
      )
      .min(1)
      .max(100)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['from'] })
      .describe('分日期的价格 / dated prices'),
    zones: z.array(zoneName).min(1).max(16).meta({ 'x-kubernetes-list-type': 'set' }),
    archs: z.array(arch).min(1).max(2).meta({ 'x-kubernetes-list-type': 'set' }),
    maxMlps: mlpsLevel.describe('可承载的最高等保级别 / highest MLPS level it may carry'),
    onOneNode: z
      .boolean()
      .optional()
      .describe(
        '每个单位须整体落在一台主机上；缺省为否 / each unit stands on one node as a whole; absent means no',
      ),
    fulfilment: z.enum(['auto', 'manual']).describe('自动开通或人工工单 / objects, or a work order'),
    namespace: z
      .enum(['system', 'allocation'])
      .describe(
        '对象放在系统的命名空间或独立命名空间 / objects live in the system’s namespace or one of their own',
      ),
    templates: z
      .array(template)
      .max(12)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    readyWhen: cel
      .optional()
      .describe('就绪条件，objects.<模板名> 为对象列表 / CEL; objects.<template> is a list of live objects'),
    suspendedWhen: cel
      .optional()
      .describe(
        '停用完成的条件；没有则自动项不可停用。停用时模板中 allocation.suspended 为真 / CEL: when all that is suspended has stopped; an auto item without it cannot be suspended. Templates then see allocation.suspended',
      ),
    outputs: z
      .array(
        z.object({
          name: z
            .string()
            .min(1)
            .max(40)
            .regex(/^[a-z][a-zA-Z0-9]*$/),
          title: localized,
          value: cel,
        }),
      )
      .max(12)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe('交付信息 / what the requester is told'),
    credentials: z
      .object({
        template: z
          .string()
          .max(40)
          .regex(/^[a-z][a-zA-Z0-9]*$/),
      })
      .optional()
      .describe('交付凭据所在的 Secret 模板 / the template whose Secret is delivered'),
    trialDays: z.int().min(0).max(365).describe('试用天数 / days of trial'),
    retainDays: z.int().min(0).max(365).describe('释放后保留天数 / days disks are kept after release'),
  }),
  status: z.object({
    version: z.string().max(64).optional().describe('内容摘要 / digest of the spec'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Class', type: 'string', jsonPath: '.spec.classCode' },
    { name: 'Title', type: 'string', jsonPath: '.spec.title.zh' },
    { name: 'Fulfilment', type: 'string', jsonPath: '.spec.fulfilment' },
    { name: 'MaxMLPS', type: 'integer', jsonPath: '.spec.maxMlps' },
    { name: 'Valid', type: 'string', jsonPath: ".status.conditions[?(@.type=='Valid')].status" },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: "self.spec.fulfilment == 'manual' ? size(self.spec.templates) == 0 && !has(self.spec.readyWhen) : size(self.spec.templates) > 0 && has(self.spec.readyWhen)",
      message:
        '自动项要有模板和就绪条件，人工项都没有 / auto items have templates and readyWhen, manual ones neither',
    },
    {
      rule: '!has(self.spec.credentials) || self.spec.templates.exists(t, t.name == self.spec.credentials.template)',
      message: '凭据模板不存在 / credentials name no template',
    },
  ],
});
export type CatalogItem = ObjectOf<typeof CatalogItem>;
