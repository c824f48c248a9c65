// Refreshes the element marked data-renew by loading the same page again, as often as Hangfire refreshes its figures.
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
      // Hangfire's own polling already shows that the node does not answer.
    }
    setTimeout(renew, interval);
  }
  setTimeout(renew, interval);
})();
