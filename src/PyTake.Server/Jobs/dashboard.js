// Renews what is marked with data-renew, from the same page, as often as Hangfire renews its figures.
(function () {
  if (!document.querySelector('[data-renew]')) return;
  const interval = Number(document.getElementById('hangfireConfig').dataset.pollinterval);
  async function renew() {
    try {
      const response = await fetch(location.href);
      if (response.ok) {
        const page = new DOMParser().parseFromString(await response.text(), 'text/html');
        const newer = page.querySelector('[data-renew]');
        if (newer) document.querySelector('[data-renew]').replaceWith(newer);
      }
    } catch {
      // Hangfire's own polling says that the node does not answer.
    }
    setTimeout(renew, interval);
  }
  setTimeout(renew, interval);
})();
