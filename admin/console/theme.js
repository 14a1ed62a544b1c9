// Light or dark. Runs before the first paint, so it is a script of its own and no module.
(() => {
  const KEY = 'knot-sandbox.theme';
  const root = document.documentElement;

  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off
    }
  };

  const prefersDark = () => matchMedia('(prefers-color-scheme: dark)').matches;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : prefersDark());

  const theme = remembered();
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;

  // The button that toggles the theme is drawn later.
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('[data-toggle="theme"]')) return;
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // then it lasts as long as the page
    }
    dispatchEvent(new Event('themechange'));
  });
})();
