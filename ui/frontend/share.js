// Shares an address of this site with the system's own sheet, or copies it where there is none.
if (!window.carburoamShares) {
  window.carburoamShares = true;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button.cb-share");
    if (!button) return;
    const label = button.querySelector("span");
    const link = { title: button.dataset.title, url: new URL(button.dataset.path, window.location.origin).href };
    if (navigator.share) {
      await navigator.share(link).catch(() => {}); // the reader closed the sheet
      return;
    }
    try {
      await navigator.clipboard.writeText(link.url);
      label.textContent = button.dataset.copied;
    } catch {
      window.prompt(label.textContent, link.url); // no clipboard without https: the link can still be taken by hand
    }
  });
}
