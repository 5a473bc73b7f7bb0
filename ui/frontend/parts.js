// Streamlit and the map library name parts of theirs in English alone: for those who listen, in the reader's language.
if (!window.carburoamNames) {
  window.carburoamNames = true;
  const named = (each, attribute) => {
    const original = (each.carburoamWas ??= {})[attribute] ?? each.getAttribute(attribute);
    const [whole, part, rest] = /^([^:]+)(: .*)?$/s.exec(original ?? "") ?? [];
    const words = whole && window.carburoamParts[part];
    if (!words) return;
    each.carburoamWas[attribute] = original;
    each.setAttribute(attribute, words + (rest ?? ""));
  };
  const rename = () => {
    document.querySelectorAll("[title]").forEach((each) => named(each, "title"));
    document.querySelectorAll("[aria-label]").forEach((each) => named(each, "aria-label"));
    const skip = document.querySelector('a[href="#stMain"]');
    if (skip) skip.firstChild.data = window.carburoamParts["Skip to main content"];
  };
  let waits = false;
  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; rename(); }, 200);
  }).observe(document.body, { subtree: true, childList: true });
}
