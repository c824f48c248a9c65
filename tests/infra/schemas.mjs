// Kubernetes objects against the schemas that Kubernetes, KEDA and the Prometheus operator publish, which npm packages
// carry as compiled validators.

const CUSTOM = {
  'keda.sh': '@kubernetes-models/keda/keda.sh',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
};

/** What is wrong with an object, one line each; unknown fields too, which an API server would drop without a word. */
export async function problems(object) {
  const { apiVersion, kind } = object;
  const [group, version] = apiVersion.split('/');
  const models = CUSTOM[group] ? `${CUSTOM[group]}/${version}` : `kubernetes-models/${apiVersion}`;
  const { validate } = (await import(`${models}/${kind}`))[kind].prototype;
  const asked = new Set();
  try {
    validate.call(watch(object, '', asked));
  } catch (error) {
    return error.message.split('\n');
  }
  return paths(object).filter(path => !asked.has(path)).map(path => `${path} is no field of ${apiVersion} ${kind}`);
}

/** A validator asks for every field that its schema knows. */
function watch(value, path, asked) {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      if (!Object.hasOwn(target, key)) return target[key];
      asked.add(`${path}/${key}`);
      return watch(target[key], `${path}/${key}`, asked);
    },
  });
}

function paths(value, path = '') {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${path}/${key}`, ...paths(inner, `${path}/${key}`)]);
}
