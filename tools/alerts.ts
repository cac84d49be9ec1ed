/**
 * Checks the alert rules: that Prometheus takes them and their tests pass, that each is tested both ways and asks only for
 * what our processes export, and that it stands in both guides, each in the language of its page.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { GovError } from '../domain/errors.ts';
import { type AlertRule, ALERTS_DIR, alertRules, seriesIn } from './alert-rules.ts';
import { operatorMetrics, reportsMetrics } from './metrics.ts';
import { prometheusBinaries } from './prometheus.ts';

const GUIDE = join(import.meta.dirname, '../docs/guide');

interface Tests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly object[];
    }[];
  }[];
}

function* exportFaults(rules: readonly AlertRule[]): Generator<string> {
  const known = new Set(
    [...operatorMetrics(), ...reportsMetrics()].flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
  for (const { alert, expr } of rules) {
    const series = seriesIn(expr);
    if (series.length === 0) yield `${alert}: asks for nothing`;
    for (const name of series) if (!known.has(name)) yield `${alert}: nobody exports ${name}`;
  }
}

function* testFaults(rules: readonly AlertRule[]): Generator<string> {
  const { tests } = load(readFileSync(join(ALERTS_DIR, 'govcloud.test.yaml'), 'utf8')) as Tests;
  const cases = tests.flatMap((it) => it.alert_rule_test);
  for (const { alert } of rules) {
    const counts = cases.filter(({ alertname }) => alertname === alert).map((it) => it.exp_alerts.length);
    if (!counts.some((count) => count > 0)) yield `${alert}: no test sees it fire`;
    if (!counts.includes(0)) yield `${alert}: no test sees it quiet`;
  }
}

/** What stands between an alert's heading and the next one. */
function* guideFaults(rules: readonly AlertRule[], language: 'zh' | 'en'): Generator<string> {
  const page = `${language}/alerts.md`;
  const [, ...sections] = readFileSync(join(GUIDE, page), 'utf8').split(/^## /m);
  const byName = new Map(sections.map((text) => [text.split('\n', 1)[0], text]));
  for (const name of byName.keys()) {
    if (!rules.some(({ alert }) => alert === name)) yield `${page}: ${name} is no alert`;
  }
  for (const { alert, labels, annotations } of rules) {
    const [zh = '', en = ''] = annotations.summary.split(' / ');
    const summary = (language === 'zh' ? zh : en).replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`');
    const [, first, ...rest] = (byName.get(alert) ?? '').split('\n').filter((line) => line !== '');
    if (first !== `**${labels.severity}** · ${summary}`) {
      yield `${page}: ${alert} does not begin with "**${labels.severity}** · ${summary}"`;
    }
    if (rest.join('').length < 40) yield `${page}: ${alert} does not say what to do`;
  }
}

function* promtoolFaults(): Generator<string> {
  const { promtool } = prometheusBinaries();
  for (const args of [
    ['check', 'rules', 'govcloud.yaml', 'usage.yaml'],
    ['test', 'rules', 'govcloud.test.yaml', 'usage.test.yaml'],
  ]) {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: ALERTS_DIR, encoding: 'utf8' });
    if (status !== 0) yield `promtool ${args.join(' ')}:\n${stdout}${stderr}`;
  }
}

try {
  const rules = alertRules();
  const faults = [
    ...exportFaults(rules),
    ...testFaults(rules),
    ...guideFaults(rules, 'zh'),
    ...guideFaults(rules, 'en'),
    ...promtoolFaults(),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length === 0) console.log(`${rules.length} alert rules`);
  else process.exitCode = 1;
} catch (error) {
  console.error(error instanceof GovError ? error.message : error);
  process.exitCode = 1;
}
