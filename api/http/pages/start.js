// Shows the document of this very server, with the API key kept in the page only.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interlock",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
  requestInterceptor: function (request) {
    // A command needs a key of its own each time, unless the reader gives one.
    if (request.method === "POST" && !request.headers["Idempotency-Key"]) {
      request.headers["Idempotency-Key"] = "docs-" + crypto.randomUUID();
    }
    return request;
  },
});
