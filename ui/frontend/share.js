// Shares the address of this page with the system's own sheet, or copies it where there is none.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const label = button.querySelector("span");
  label.textContent = data.label;
  button.onclick = async () => {
    const link = { title: data.title, url: new URL(data.path, window.location.origin).href };
    if (navigator.share) {
      await navigator.share(link).catch(() => {}); // the reader closed the sheet
      return;
    }
    try {
      await navigator.clipboard.writeText(link.url);
      label.textContent = data.copied;
    } catch {
      window.prompt(data.label, link.url); // no clipboard without https: the link can still be taken by hand
    }
  };
}
