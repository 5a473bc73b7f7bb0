// Lets the site be put on the home screen: Streamlit's document names neither a manifest nor an icon for it.
if (!document.querySelector("link[rel=manifest]")) {
  const facts = [
    ["link", { rel: "manifest", href: "/app/static/manifest.json" }],
    ["link", { rel: "apple-touch-icon", href: "/app/static/icon-maskable.png" }],
    ["meta", { name: "apple-mobile-web-app-title", content: "Carburoam" }],
    ["meta", { name: "theme-color", content: "#ffffff", media: "(prefers-color-scheme: light)" }],
    ["meta", { name: "theme-color", content: "#101714", media: "(prefers-color-scheme: dark)" }],
  ];
  for (const [tag, said] of facts) document.head.append(Object.assign(document.createElement(tag), said));
}
