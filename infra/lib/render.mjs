// Renders templates as the official nginx image does: ${NGINX_NAME} becomes that environment variable's value, and
// everything else, nginx's own $variables too, stays as it is.
//
//   node render.mjs TEMPLATE TARGET [TEMPLATE TARGET]...    a directory's *.template files keep their names without it
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function render(template, target) {
  const text = readFileSync(template, 'utf8').replace(/\$\{(NGINX_\w+)\}/g, (_, name) => {
    if (process.env[name] === undefined) throw new Error(`${template} needs ${name}`);
    return process.env[name];
  });
  writeFileSync(target, text);
}

function renderAll(template, target) {
  if (!statSync(template).isDirectory()) return render(template, target);
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(template).filter(name => name.endsWith('.template'))) {
    render(join(template, name), join(target, name.slice(0, -'.template'.length)));
  }
}

const files = process.argv.slice(2);
for (let i = 0; i < files.length; i += 2) renderAll(files[i], files[i + 1]);
