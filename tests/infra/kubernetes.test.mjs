// The manifests: valid by the published schemas, and whole.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { problems } from './schemas.mjs';
import { ROOT } from './shell.mjs';

const DIRECTORY = join(ROOT, 'infra/kubernetes');
const PARTS = ['base', 'scaling'];
const objects = PARTS.flatMap(part => kustomization(part).resources.flatMap(file => read(join(part, file))));

for (const object of objects) {
  test(`${object.kind} ${object.metadata.name} is valid`, async () => {
    assert.deepEqual(await problems(object), []);
  });
}

test('a wrong type, a missing field and an unknown one are noticed', async () => {
  const broken = change => problems(change(structuredClone(find('PodDisruptionBudget', 'node'))));
  assert.match((await broken(o => ({ ...o, spec: { maxUnavailable: true } })))[0], /maxUnavailable/);
  assert.deepEqual(await broken(o => ({ ...o, spec: { maxUnavailabe: 1 } })),
    ['/spec/maxUnavailabe is no field of policy/v1 PodDisruptionBudget']);
  const [missing] = await problems({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: {} } });
  assert.match(missing, /selector/);
});

for (const part of PARTS) {
  test(`${part} takes in every file that is there`, () => {
    const files = readdirSync(join(DIRECTORY, part)).filter(file => file !== 'kustomization.yaml');
    assert.deepEqual(kustomization(part).resources.toSorted(), files.toSorted());
  });
}

test('secrets are referred to and never held', () => {
  assert.deepEqual(objects.filter(({ kind }) => kind === 'Secret'), []);
  for (const { name, value } of containers().flatMap(({ env = [] }) => env)) {
    assert.ok(!/Keys|Secret|Token|ConnectionStrings/.test(name) || value === undefined, `${name} has a value`);
  }
});

test('a node never learns how to connect as the owner of the tables', () => {
  const secrets = ({ containers }) => new Set(containers.flatMap(({ env = [] }) => env).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name).filter(Boolean));
  assert.deepEqual([...secrets(find('Deployment', 'node').spec.template.spec)], ['pytake']);
  assert.deepEqual([...secrets(find('Job', 'migrate').spec.template.spec)].toSorted(), ['pytake', 'pytake-owner']);
});

test('nothing is reached but what is named, and the cloud\'s metadata by nobody', () => {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  for (const { metadata, spec } of policies) assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress'], metadata.name);
  const all = find('NetworkPolicy', 'default').spec;
  assert.deepEqual([all.podSelector, all.ingress, all.egress], [{}, undefined, undefined]);
  const rules = policies.flatMap(({ spec }) => spec.egress ?? []);
  for (const { ports } of rules) assert.ok(ports.length > 0);
  for (const { cidr, except } of rules.flatMap(({ to = [] }) => to).map(({ ipBlock }) => ipBlock).filter(Boolean)) {
    assert.ok(except.includes(cidr.includes(':') ? 'fe80::/10' : '169.254.0.0/16'), cidr);
  }
});

test('a pod can do nothing but its work', () => {
  for (const pod of pods()) {
    assert.equal(pod.automountServiceAccountToken, false);
    const account = { runAsNonRoot: true, runAsUser: 1654, runAsGroup: 1654 };
    // A volume for files belongs to whoever writes them.
    const files = pod.volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim) ? { fsGroup: 1654, fsGroupChangePolicy: 'OnRootMismatch' } : {};
    assert.deepEqual(pod.securityContext, { ...account, ...files, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext, ...container } of pod.containers) {
      const locked = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
      assert.deepEqual(securityContext, { ...locked, capabilities: { drop: ['ALL'] } });
      assert.ok(container.resources.limits.memory && container.resources.requests.memory);
    }
  }
});

test('a node has time to drain before it is killed', () => {
  const { spec } = find('Deployment', 'node').spec.template;
  const [{ lifecycle }] = spec.containers;
  assert.ok(spec.terminationGracePeriodSeconds > lifecycle.preStop.sleep.seconds + 30);
});

test('selectors, ports and names meet', () => {
  const { template } = find('Deployment', 'node').spec;
  const [container] = template.spec.containers;
  for (const { spec } of [find('Deployment', 'node'), find('PodDisruptionBudget', 'node')]) {
    assert.deepEqual(spec.selector.matchLabels, template.metadata.labels);
  }
  assert.deepEqual(find('Service', 'node').spec.selector, template.metadata.labels);
  const ports = container.ports.map(({ name }) => name);
  for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    assert.ok(ports.includes(container[name].httpGet.port), name);
  }
  assert.ok(ports.includes(find('Service', 'node').spec.ports[0].targetPort));
  const policed = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels);
  assert.deepEqual(policed, [undefined, template.metadata.labels, find('Job', 'migrate').spec.template.metadata.labels]);
  for (const { backend } of find('Ingress', 'pytake').spec.rules[0].http.paths) {
    assert.deepEqual(backend, { service: { name: 'node', port: { name: 'http' } } });
  }
});

test('the web app is found at each address that it has, and operators\' pages at none', () => {
  const paths = find('Ingress', 'pytake').spec.rules[0].http.paths.map(({ path }) => path);
  const app = ['router.tsx', 'pages.ts'].map(file => readFileSync(join(ROOT, 'src/web/src/app', file), 'utf8')).join();
  const addresses = [...app.matchAll(/path: "(\/[^"]*)"/g)].map(([, path]) => path);
  assert.ok(addresses.length >= 4);
  assert.deepEqual(addresses.filter(address => !paths.some(path => address === path || (path !== '/' && address.startsWith(`${path}/`)))), []);
  // A prefix of everything would open /hangfire.
  assert.equal(find('Ingress', 'pytake').spec.rules[0].http.paths.find(({ path }) => path === '/').pathType, 'Exact');
  assert.ok(!paths.some(path => /hangfire|metrics|phone|_control/.test(path)));
});

test('only files may be large, and they are not buffered', () => {
  const body = ingress => ingress.metadata.annotations['nginx.ingress.kubernetes.io/proxy-body-size'];
  const files = find('Ingress', 'pytake-media');
  assert.deepEqual([body(find('Ingress', 'pytake')), body(files)], ['5m', '105m']);
  assert.equal(files.metadata.annotations['nginx.ingress.kubernetes.io/proxy-request-buffering'], 'off');
  assert.deepEqual(files.spec.rules[0].http.paths.map(({ path }) => path), ['/api/v1/media']);
  assert.equal(files.spec.rules[0].host, find('Ingress', 'pytake').spec.rules[0].host);
});

test('metrics are read and scaled by under the names that they have', () => {
  const [container] = find('Deployment', 'node').spec.template.spec.containers;
  const [endpoint] = find('PodMonitor', 'node').spec.podMetricsEndpoints;
  const { containerPort } = container.ports.find(({ name }) => name === endpoint.port);
  assert.deepEqual(kustomization('base').configMapGenerator[0].literals.filter(literal => literal.includes('MetricsUrl')),
    [`Operations__MetricsUrl=http://*:${containerPort}`]);
  // Whose own tests see to it that a node has them.
  const known = readFileSync(join(ROOT, 'infra/grafana/dashboards/pytake.json'), 'utf8');
  for (const { metadata } of find('ScaledObject', 'node').spec.triggers) {
    assert.ok(known.includes(/pytake_\w+/.exec(metadata.query)[0]), metadata.query);
  }
});

const kustomize = [['kubectl', 'kustomize'], ['kustomize', 'build']].find(([program, command]) => answers(program, command));
if (kustomize) {
  test(`${kustomize.join(' ')} puts it together`, async () => {
    const output = execFileSync(kustomize[0], [kustomize[1], DIRECTORY], { encoding: 'utf8' });
    const rendered = parseAllDocuments(output).map(document => document.toJS());
    assert.deepEqual(rendered.map(name).toSorted(), [...objects.map(name), 'ConfigMap pytake'].toSorted());
    for (const object of rendered) {
      assert.equal(object.metadata.namespace, 'pytake');
      assert.deepEqual(await problems(object), []);
    }
    // An autoscaler's number is not to be set back.
    assert.equal(rendered.find(object => name(object) === 'Deployment node').spec.replicas, undefined);
  });
}

function answers(program, command) {
  try {
    // Kubernetes 1.20 and older carry a kustomize that knows no components.
    return execFileSync(program, [command, join(DIRECTORY, 'base')], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0;
  } catch {
    return false;
  }
}

function name({ kind, metadata }) {
  return `${kind} ${metadata.name.replace(/-[a-z0-9]{10}$/, '')}`;
}

function kustomization(part) {
  return parse(readFileSync(join(DIRECTORY, part, 'kustomization.yaml'), 'utf8'));
}

function read(file) {
  return parseAllDocuments(readFileSync(join(DIRECTORY, file), 'utf8')).map(document => document.toJS());
}

function find(kind, name) {
  return objects.find(object => object.kind === kind && object.metadata.name === name);
}

function pods() {
  return objects.flatMap(({ spec }) => spec.template?.spec ?? []);
}

function containers() {
  return pods().flatMap(({ containers }) => containers);
}
