// What is known about the packages that are used: advisories, and the list of what is shipped.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bash, ROOT, runDirectory } from './shell.mjs';

test('advisories about NuGet packages are listed once each', async t => {
  const warning = (project, code, text) => `${ROOT}/${project}.csproj : warning ${code}: Package ${text} [${ROOT}/PyTake.sln]`;
  const jwt = "'A.Jwt' 7.7.3 has a known high severity vulnerability, https://example.org/GHSA-jwt";
  const redis = "'A.Redis' 1.2.6 has a known low severity vulnerability, https://example.org/GHSA-redis";
  const output = [warning('a', 'NU1903', jwt), warning('b', 'NU1903', jwt), warning('b', 'NU1901', redis)].join('\n');
  assert.equal(await list(t, 'nuget_advisories', `cat <<'EOT'\n${output}\nEOT`), `NuGet: ${jwt}\nNuGet: ${redis}`);
});

test('a registry of NuGet without advisories, without an answer or without an end holds nothing up', async t => {
  assert.equal(await list(t, 'nuget_advisories', 'echo Restored'), 'NuGet: the registry knows of none');
  assert.equal(await list(t, 'nuget_advisories', 'echo "warning NU1900: Error occurred while getting package vulnerability data"'),
    'NuGet: the registry did not answer');
  assert.equal(await list(t, 'nuget_advisories', 'exec sleep 60', 1), 'NuGet: the registry did not answer');
});

test('advisories about npm packages are listed once each', async t => {
  const advisory = { id: 1, url: 'https://example.org/GHSA-yaml', title: 'Lines without an end', severity: 'high',
    vulnerable_versions: '<99.0.0', cwe: [], cvss: { score: 0, vectorString: null } };
  assert.equal(await audit(t, await answerWith(t, 200, { yaml: [advisory] })),
    'npm: yaml <99.0.0: Lines without an end (high), https://example.org/GHSA-yaml');
});

test('a registry of npm without advisories, without an answer or without an end holds nothing up', async t => {
  assert.equal(await audit(t, await answerWith(t, 200, {})), 'npm: the registry knows of none');
  assert.equal(await audit(t, await answerWith(t, 405, {})), 'npm: the registry did not answer');
  assert.equal(await audit(t, await answerWith(t), 1), 'npm: the registry did not answer');
});

test('what is shipped is listed, and nothing else', { timeout: 400_000 }, async t => {
  const directory = runDirectory(t);
  await promisify(execFile)(join(ROOT, 'infra/sbom'), [directory]);
  const list = name => JSON.parse(readFileSync(join(directory, `${name}.cdx.json`), 'utf8'));
  const packages = name => list(name).components?.map(({ purl }) => purl.replace(/@[^@]*$/, '')) ?? [];
  for (const name of ['server', 'simulator', 'web']) assert.equal(list(name).bomFormat, 'CycloneDX');

  const [, npgsql] = /Include="Npgsql" Version="([^"]+)"/.exec(readFileSync(join(ROOT, 'Directory.Packages.props'), 'utf8'));
  assert.ok(list('server').components.some(({ purl }) => purl === `pkg:nuget/Npgsql@${npgsql}`));
  assert.ok(!packages('server').some(name => /xunit|Test/i.test(name)));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'src/web/package.json'), 'utf8'));
  const purls = named => Object.keys(named).map(name => `pkg:npm/${name.replace('@', '%40')}`);
  assert.deepEqual(purls(dependencies).filter(name => !packages('web').includes(name)), []);
  assert.ok(!packages('web').includes('pkg:npm/vite') && 'vite' in devDependencies);
});

/** The output of a function of infra/lib/advisories.sh where `dotnet` is this script. */
async function list(t, name, script, seconds = 60) {
  const directory = runDirectory(t);
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/dotnet'), `#!/usr/bin/env bash\n${script}\n`);
  chmodSync(join(directory, 'bin/dotnet'), 0o755);
  return bash(directory, `PATH="$RUN/bin:$PATH"; ${name} ${seconds}`);
}

/** What npm, asking this registry, says of a checkout whose two packages use yaml. */
function audit(t, registry, seconds = 60) {
  const directory = runDirectory(t);
  for (const place of ['src/web', 'tests/infra']) {
    mkdirSync(join(directory, place), { recursive: true });
    const packages = { '': { dependencies: { yaml: '1.0.0' } }, 'node_modules/yaml': { version: '1.0.0' } };
    writeFileSync(join(directory, place, 'package.json'), JSON.stringify(packages['']));
    writeFileSync(join(directory, place, 'package-lock.json'), JSON.stringify({ name: 'a', lockfileVersion: 3, packages }));
  }
  return bash(directory, `export npm_config_registry=${registry} npm_config_cache="$RUN/npm"; ROOT=$RUN; npm_advisories ${seconds}`);
}

/** The address of a registry that answers every question about advisories with this, and everything else with 404; or, given nothing, none at all. */
async function answerWith(t, status, answer) {
  const server = createServer((request, response) => {
    if (status === undefined) return;
    const asked = request.url.endsWith('/advisories/bulk');
    response.writeHead(asked ? status : 404, { 'Content-Type': 'application/json' });
    request.resume().on('end', () => response.end(JSON.stringify(asked ? answer : {})));
  }).listen(0, '127.0.0.1');
  t.after(() => { server.close(); server.closeAllConnections(); });
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}
